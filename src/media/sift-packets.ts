/** One packet as ffprobe shows it; times that it does not know are missing. */
export type Packet = {
  readonly codec_type?: string;
  readonly stream_index: number;
  readonly pts?: number;
  readonly dts?: number;
  readonly duration?: number;
  readonly flags: string;
};

/** Reading of an answer that comes piece by piece. */
export type PacketSifter = {
  feed(this: void, text: string): void;
  /** After the last piece: the JSON of all that is not packets. */
  end(this: void): string;
};

/**
 * Takes the packets out of ffprobe's JSON (`-of json=compact=1`: a packet begins a line) as it comes, so that a list of
 * a million of them never lies in memory as text. What is left is whole JSON, with an empty list of packets.
 *
 * @param kind `codec_type` of the packets wanted; others are dropped unread
 */
export function siftPackets(kind: string, onPacket: (packet: Packet) => void): PacketSifter {
  const start = `{ "codec_type": "${kind}"`;
  const left: string[] = [];
  /** Indentation of the list of packets while inside it: its end is known by that. */
  let indent: string | undefined;
  let rest = '';
  const onLine = (line: string): void => {
    if (indent === undefined) {
      left.push(line);
      indent = /^(\s*)"packets": \[\s*$/.exec(line)?.[1];
      return;
    }
    const text = line.trim();
    if (text.startsWith(start)) {
      const packet = packetOf(text);
      if (packet) onPacket(packet);
    } else if (line.startsWith(`${indent}]`)) {
      left.push(line);
      indent = undefined;
    }
  };
  return {
    feed: (text) => {
      const lines = (rest + text).split('\n');
      rest = lines.pop() ?? '';
      for (const line of lines) onLine(line);
    },
    end: () => {
      if (rest !== '') onLine(rest);
      return left.join('\n');
    },
  };
}

/** Undefined where the line is cut off. */
function packetOf(text: string): Packet | undefined {
  const object = text.endsWith(',') ? text.slice(0, -1) : text;
  try {
    // Side data goes on in the next lines, behind a comma.
    const packet = JSON.parse(object.endsWith('}') ? object : `${object} }`) as Partial<Packet>;
    return packet.flags === undefined ? undefined : (packet as Packet);
  } catch {
    return undefined;
  }
}
