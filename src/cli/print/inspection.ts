import type { AudioStreamInfo, StreamInfo } from '../../core/media.ts';
import { toNumber } from '../../core/rational.ts';
import type { Inspection } from '../../pipeline/inspect.ts';

/** The report as an object for `--json`: plain names, seconds and numbers. */
export function inspectionJson(inspection: Inspection): Readonly<Record<string, unknown>> {
  const { media, rate } = inspection;
  const { video } = media;
  return {
    file: media.path,
    container: media.container,
    sizeBytes: media.sizeBytes,
    durationSeconds: media.durationSeconds,
    startSeconds: media.startSeconds,
    chapterCount: media.chapterCount,
    tags: media.tags,
    video: {
      stream: video.index,
      codec: video.codec,
      profile: video.profile,
      width: video.width,
      height: video.height,
      pixelFormat: video.pixelFormat,
      sampleAspect: video.sampleAspect ? `${video.sampleAspect.num}:${video.sampleAspect.den}` : undefined,
      color: video.color,
      rotationDegrees: video.rotationDegrees,
      displayMatrix: video.displayMatrix,
      timeBase: `${video.timeBase.num}/${video.timeBase.den}`,
      frameRate: {
        kind: rate.kind,
        mean: `${rate.mean.num}/${rate.mean.den}`,
        framesPerSecond: toNumber(rate.mean),
        shortestTicks: rate.shortestTicks,
        longestTicks: rate.longestTicks,
      },
      frameCount: inspection.frameCount,
      framesMissing: inspection.framesMissing,
      framesLost: inspection.framesLost,
      seconds: inspection.videoSeconds,
      sceneCuts: inspection.sceneCuts,
    },
    streams: media.streams.map(({ index, kind, codec, language, isAttachedPicture }) => ({
      index,
      kind,
      codec,
      language,
      isAttachedPicture,
    })),
  };
}

/** The report in lines for people. */
export function inspectionLines(inspection: Inspection): readonly string[] {
  const { media, rate, frameCount, framesMissing, framesLost, sceneCuts } = inspection;
  const { video } = media;
  const { color } = video;
  const perSecond = toNumber(rate.mean)
    .toFixed(3)
    .replace(/\.?0+$/, '');
  const lines = [
    media.path,
    row('container', `${media.container}, ${(media.sizeBytes / 1e6).toFixed(2)} MB`),
    row('duration', `${media.durationSeconds?.toFixed(3) ?? 'unknown'} s`),
    row(
      'video',
      `${video.codec}${video.profile === undefined ? '' : ` (${video.profile})`}, ${video.width}x${video.height}, ${video.pixelFormat}`,
    ),
    row(
      'frames',
      `${frameCount}, ${perSecond} a second, ${rate.kind} rate${rate.kind === 'variable' ? ` (${rate.shortestTicks} to ${rate.longestTicks} ticks of ${video.timeBase.num}/${video.timeBase.den} s)` : ''}`,
    ),
    row(
      'colour',
      [color.range ?? 'range unknown', color.matrix, color.primaries, color.transfer]
        .map((fact) => fact ?? '?')
        .join(', '),
    ),
  ];
  if (video.sampleAspect && video.sampleAspect.num !== video.sampleAspect.den) {
    lines.push(row('pixels', `${video.sampleAspect.num}:${video.sampleAspect.den}`));
  }
  if (video.displayMatrix) lines.push(row('rotation', `${video.rotationDegrees}° clockwise`));
  for (const stream of media.streams) {
    if (stream.index !== video.index) lines.push(row(kindOf(stream), describe(stream)));
  }
  if (media.chapterCount > 0) lines.push(row('chapters', String(media.chapterCount)));
  if (framesMissing > 0) lines.push(row('missing', `${framesMissing} frames: the file is cut off`));
  if (framesLost !== undefined && framesLost > 0)
    lines.push(row('lost', `${framesLost} frames do not decode`));
  if (sceneCuts) {
    const list = sceneCuts.map(({ frame, seconds }) => `${seconds.toFixed(2)} s (frame ${frame})`);
    lines.push(row('scene cuts', list.length === 0 ? 'none' : list.join(', ')));
  }
  return lines;
}

function row(name: string, value: string): string {
  return `  ${name.padEnd(11)}${value}`;
}

function kindOf(stream: StreamInfo): string {
  return stream.isAttachedPicture ? 'cover' : stream.kind;
}

function describe(stream: StreamInfo): string {
  const parts = [stream.codec];
  if (stream.kind === 'audio') {
    const { channels, sampleRate } = stream as AudioStreamInfo;
    parts.push(`${channels} channels`, `${sampleRate} Hz`);
  }
  if (stream.language !== undefined) parts.push(stream.language);
  return parts.join(', ');
}
