import { describe, expect, it } from 'vitest';
import { siftPackets, type Packet } from '../../src/media/sift-packets.ts';

const answer = `{
    "packets": [
        { "codec_type": "audio", "stream_index": 1, "pts": -1024, "dts": -1024, "duration": 1024, "flags": "KD",
            "side_data_list": [
                {  }
            ] },
        { "codec_type": "video", "stream_index": 0, "pts": 0, "dts": -512, "duration": 512, "flags": "K_",
            "side_data_list": [
                { "side_data_type": "Skip Samples", "skip_samples": 0 }
            ] },
        { "codec_type": "video", "stream_index": 0, "dts": 512, "flags": "__" },
        { "codec_type": "audio", "stream_index": 1, "pts": 0, "dts": 0, "duration": 1008, "flags": "K_" },
        { "codec_type": "video", "stream_index": 2, "pts": 7, "dts": 7, "duration": 1, "flags": "K__" }
    ],
    "streams": [
        { "index": 0, "codec_type": "video",
            "tags": { "title": "packets: [" } }
    ],
    "chapters": [

    ],
    "format": { "format_name": "mov" }
}
`;
const wanted: readonly Packet[] = [
  { codec_type: 'video', stream_index: 0, pts: 0, dts: -512, duration: 512, flags: 'K_' },
  { codec_type: 'video', stream_index: 0, dts: 512, flags: '__' },
  { codec_type: 'video', stream_index: 2, pts: 7, dts: 7, duration: 1, flags: 'K__' },
];

function sift(pieces: Iterable<string>): { readonly packets: readonly Packet[]; readonly json: string } {
  const packets: Packet[] = [];
  const sifter = siftPackets('video', (packet) => packets.push(packet));
  for (const piece of pieces) sifter.feed(piece);
  return { packets, json: sifter.end() };
}

describe('the answer of ffprobe', () => {
  it.each([1, 7, 64, answer.length])('gives its packets of one kind in pieces of %d characters', (size) => {
    const pieces = Array.from({ length: Math.ceil(answer.length / size) }, (_, i) =>
      answer.slice(i * size, (i + 1) * size),
    );
    expect(sift(pieces).packets).toEqual(wanted);
  });

  it('leaves the rest as whole JSON', () => {
    expect(JSON.parse(sift([answer]).json)).toEqual({
      packets: [],
      streams: [{ index: 0, codec_type: 'video', tags: { title: 'packets: [' } }],
      chapters: [],
      format: { format_name: 'mov' },
    });
  });

  it('is read with line ends of Windows too', () => {
    const { packets, json } = sift([answer.replaceAll('\n', '\r\n')]);
    expect(packets).toEqual(wanted);
    expect(JSON.parse(json)).toMatchObject({ packets: [], format: { format_name: 'mov' } });
  });

  it('is passed over where it is cut off in the middle of a packet', () => {
    const { packets, json } = sift([answer.slice(0, answer.indexOf('"duration": 1, "flags"'))]);
    expect(packets).toEqual(wanted.slice(0, 2));
    expect(() => JSON.parse(json) as unknown).toThrow(SyntaxError);
  });

  it('may be nothing at all', () => {
    expect(sift([])).toEqual({ packets: [], json: '' });
  });
});
