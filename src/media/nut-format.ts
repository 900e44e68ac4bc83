/**
 * The bits of the NUT container that a stream of raw frames needs. NUT is used on both pipes because it carries
 * an exact timestamp with every frame; ffmpeg reads and writes it since long ago.
 */

export const nutFileId = Buffer.from('nut/multimedia container\0', 'latin1');

const startCode = (letter: string, rest: string): Buffer =>
  Buffer.concat([Buffer.from(`N${letter}`, 'latin1'), Buffer.from(rest, 'hex')]);

export const startCodes = {
  main: startCode('M', '7a561f5f04ad'),
  stream: startCode('S', '11405bf2f9db'),
  syncpoint: startCode('K', 'e4adeeca4569'),
  index: startCode('X', 'dd672f23e64e'),
  info: startCode('I', 'ab68b596ba78'),
} as const;

/** Flags of a frame code. */
export const frameFlags = {
  key: 1,
  endOfRelevance: 2,
  codedPts: 8,
  streamId: 16,
  sizeMsb: 32,
  checksum: 64,
  reserved: 128,
  sideData: 256,
  headerIndex: 1024,
  matchTime: 2048,
  coded: 4096,
  invalid: 8192,
} as const;

const crcTable = Uint32Array.from({ length: 256 }, (_, i) => {
  let c = i << 24;
  for (let bit = 0; bit < 8; bit++) c = c & 0x80000000 ? (c << 1) ^ 0x04c11db7 : c << 1;
  return c >>> 0;
});

/** NUT's checksum: CRC-32 with 0x04C11DB7, most significant bit first, starting at 0. */
export function nutChecksum(bytes: Uint8Array): number {
  let crc = 0;
  for (const byte of bytes) crc = ((crc << 8) ^ crcTable[((crc >>> 24) ^ byte) & 255]!) >>> 0;
  return crc;
}

/** NUT's codes for the planar formats that flow through the stream (raw video fourccs). */
export const fourccs = {
  yuv420p: 'I420',
  yuv422p: 'Y42B',
  yuv444p: '444P',
  yuv420p10le: 'Y3\x0b\x0a',
  yuv422p10le: 'Y3\x0a\x0a',
  yuv444p10le: 'Y3\x00\x0a',
} as const;
