import { open, stat } from 'node:fs/promises';

/** IPTC's term for pictures that a trained model was composited into. */
export const digitalSourceType =
  'http://cv.iptc.org/newscodes/digitalsourcetype/compositeWithTrainedAlgorithmicMedia';

/** What made an output. */
export type Maker = {
  /** facet's version. */
  readonly version: string;
  /** Name and version of the networks' profile. */
  readonly profile: string;
};

/** How an output tells that its faces were synthesised. */
export type OutputMark = { readonly comment: string; readonly xmp: string };

/** The sentence in the container's comment. */
export function markComment({ version, profile }: Maker): string {
  return `Faces in this video were synthesised by facet ${version} (networks: ${profile}). ${digitalSourceType}`;
}

/** The XMP packet that says the same to machines (IPTC Video Metadata Hub). */
export function xmpPacket({ version, profile }: Maker): string {
  const lines = [
    '<?xpacket begin="\uFEFF" id="W5M0MpCehiHzreSzNTczkc9d"?>',
    '<x:xmpmeta xmlns:x="adobe:ns:meta/">',
    ' <rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">',
    '  <rdf:Description rdf:about=""',
    '    xmlns:xmp="http://ns.adobe.com/xap/1.0/"',
    '    xmlns:Iptc4xmpExt="http://iptc.org/std/Iptc4xmpExt/2008-02-29/"',
    `    xmp:CreatorTool="facet ${escapeXml(version)}"`,
    `    Iptc4xmpExt:DigitalSourceType="${digitalSourceType}"`,
    `    Iptc4xmpExt:AISystemUsed="facet, networks: ${escapeXml(profile)}"`,
    `    Iptc4xmpExt:AISystemVersionUsed="${escapeXml(version)}"/>`,
    ' </rdf:RDF>',
    '</x:xmpmeta>',
    '<?xpacket end="r"?>',
  ];
  return lines.join('\n');
}

/** Box type `uuid` and the identifier that XMP part 3 gives to XMP in ISO media files. */
const xmpUuid = Buffer.from('be7acfcb97a942e89c71999491e3afac', 'hex');

/** Appends an XMP packet to a finished MP4 or MOV file, as a top-level `uuid` box: nothing else in the file moves. */
export async function appendXmp(path: string, packet: string): Promise<void> {
  const payload = Buffer.from(packet, 'utf8');
  const head = Buffer.alloc(8);
  head.writeUInt32BE(8 + xmpUuid.length + payload.length, 0);
  head.write('uuid', 4, 'latin1');
  const { size } = await stat(path);
  const file = await open(path, 'r+');
  try {
    await file.write(Buffer.concat([head, xmpUuid, payload]), 0, undefined, size);
    await file.sync();
  } finally {
    await file.close();
  }
}

function escapeXml(text: string): string {
  return text.replace(/[&<>"]/g, (c) => `&#${c.charCodeAt(0)};`);
}
