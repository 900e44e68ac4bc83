import { defineOption, numberFrom, onOrOff, oneOf, text } from './define.ts';

/** How the output is written. */
export const encodeOptions = {
  overwrite: defineOption({
    name: 'overwrite',
    flag: '-y, --overwrite',
    schema: onOrOff(),
    description: 'replace the output when it exists',
    default: false,
    isCommon: true,
  }),
  codec: defineOption({
    name: 'codec',
    flag: '--codec <name>',
    schema: oneOf(['h264', 'h265', 'vp9', 'av1', 'ffv1']),
    description:
      'video codec: h264, h265, vp9, av1, ffv1 (lossless); default h264 (h265 for 10 bits, vp9 in webm)',
  }),
  crf: defineOption({
    name: 'crf',
    flag: '--crf <number>',
    schema: numberFrom(0, 63),
    description: 'quality, lower is better; default 18 (h264), 20 (h265), 24 (vp9), 26 (av1)',
    unit: '0 to 51, or 63 for vp9 and av1',
  }),
  preset: defineOption({
    name: 'preset',
    flag: '--preset <name>',
    schema: text('one of the presets of the codec'),
    description: 'speed of the encoder: ultrafast … placebo (h264, h265), a number (vp9, av1)',
  }),
  pixelFormat: defineOption({
    name: 'pixelFormat',
    flag: '--pix-fmt <name>',
    schema: oneOf(['yuv420p', 'yuv422p', 'yuv444p', 'yuv420p10le', 'yuv422p10le', 'yuv444p10le']),
    description: 'pixel format of the output; default as the target',
  }),
  audio: defineOption({
    name: 'audio',
    flag: '--audio <copy|none>',
    schema: oneOf(['copy', 'none']),
    description: 'copy every audio stream as it is, or none',
    default: 'copy',
  }),
};
