import type { MediaInfo } from '../core/media.ts';
import type { Container } from './containers.ts';

/** How everything that is not the picture gets into the output. */
export type CarriedStreams = {
  /** ffmpeg output options: -map, -c, -disposition and metadata. */
  readonly options: readonly string[];
  /** What is re-encoded or converted, one sentence each. */
  readonly changed: readonly string[];
  /** What does not go along, one sentence each. */
  readonly leftOut: readonly string[];
};

const textCodecs = ['mov_text', 'subrip', 'srt', 'ass', 'ssa', 'webvtt', 'text', 'eia_608'];

/**
 * Decides stream by stream what is copied, converted or left out. Input 0 is the new picture, input 1 the
 * original file.
 */
export function carryStreams(media: MediaInfo, container: Container, audio: 'copy' | 'none'): CarriedStreams {
  const options = ['-map', '0:v:0'];
  const changed: string[] = [];
  const leftOut: string[] = [];
  const counts = { v: 1, a: 0, s: 0, t: 0, d: 0 };
  const channelsOf = (index: number): number =>
    media.audio.find((audioStream) => audioStream.index === index)?.channels ?? 2;
  // Naming the tags of one stream switches off the copying of all others': each is named.
  const tags = (index: number, to: string): string[] => [`-map_metadata:s:${to}`, `1:s:${index}`];
  const from = (index: number): string[] => ['-map', `1:${index}`];
  for (const stream of media.streams) {
    if (stream.index === media.video.index) continue;
    const what = `Stream ${stream.index} (${stream.kind}, ${stream.codec})`;
    if (stream.kind === 'audio') {
      if (audio === 'none') continue;
      const to = `a:${counts.a++}`;
      const isCopied = !container.audioCodecs || container.audioCodecs.includes(stream.codec);
      options.push(...from(stream.index), ...tags(stream.index, to));
      if (isCopied) options.push(`-c:${to}`, 'copy');
      else {
        options.push(
          `-c:${to}`,
          container.audioFallback,
          `-b:${to}`,
          `${96 * Math.max(2, channelsOf(stream.index))}k`,
          // What comes before the first picture of a range.
          ...[`-filter:${to}`, 'atrim=start=0'],
        );
        const name = container.audioFallback === 'libopus' ? 'opus' : container.audioFallback;
        changed.push(
          `${what} is re-encoded as ${name}: a ${container.extension} file cannot hold ${stream.codec}.`,
        );
      }
    } else if (stream.kind === 'subtitle') {
      const isCopied = container.subtitleCodecs.includes(stream.codec);
      if (!isCopied && !textCodecs.includes(stream.codec)) {
        leftOut.push(`${what} is left out: a ${container.extension} file cannot hold it.`);
        continue;
      }
      const to = `s:${counts.s++}`;
      options.push(...from(stream.index), ...tags(stream.index, to));
      options.push(`-c:${to}`, isCopied ? 'copy' : container.textSubtitle);
      if (!isCopied) changed.push(`${what} becomes ${container.textSubtitle}.`);
    } else if (stream.kind === 'attachment' && container.muxer === 'matroska') {
      const to = `t:${counts.t++}`;
      options.push(...from(stream.index), ...tags(stream.index, to), `-c:${to}`, 'copy');
    } else if (stream.kind === 'video' && stream.isAttachedPicture && container.hasCover) {
      const to = `v:${counts.v++}`;
      options.push(...from(stream.index), ...tags(stream.index, to));
      options.push(`-c:${to}`, 'copy', `-disposition:${to}`, 'attached_pic');
    } else if (stream.codec === 'tmcd' || stream.tags['timecode'] !== undefined) {
      // The time code track is written anew from the metadata.
    } else if (isChapterText(stream.kind, stream.codec, media)) {
      // The text track behind QuickTime chapters is written anew from the chapters.
    } else leftOut.push(`${what} is left out.`);
  }
  options.push('-map_metadata', '1', '-map_chapters', '1');
  options.push(...tags(media.video.index, 'v:0'));
  // Old versions carry rotation as a tag too; the display matrix is written separately.
  options.push('-metadata:s:v:0', 'rotate=');
  return { options, changed, leftOut };
}

function isChapterText(kind: string, codec: string, media: MediaInfo): boolean {
  return kind === 'data' && codec === 'bin_data' && media.chapterCount > 0;
}
