import type { ImageFeed, NetworkEntry, Role } from '../core/profile.ts';

/** A public network that `facet models pull` fetches, for one role of any profile. */
export type CatalogueItem = {
  readonly name: string;
  readonly description: string;
  readonly role: Role;
  /** Its manifest entry; `file` is relative to the models folder, `url` the first address. */
  readonly entry: NetworkEntry & { readonly url: string };
  /** Further addresses of the same file. */
  readonly mirrors: readonly string[];
};

/** A network whose authors distribute it themselves, in a form that has to be imported. */
export type ImportedProfile = {
  readonly name: string;
  readonly description: string;
  readonly licence: string;
  readonly nonCommercial: boolean;
  /** What to get, where it is distributed, and what it becomes. */
  readonly files: readonly { readonly file: string; readonly from: string; readonly roles: readonly Role[] }[];
  readonly command: string;
};

/** Levels as they are, 0…255: value = (level / 255 - 0) / (1 / 255). */
const levels: Pick<ImageFeed, 'mean' | 'std'> = { mean: [0, 0, 0], std: [1 / 255, 1 / 255, 1 / 255] };
const yunetFeed: ImageFeed = {
  input: 'input',
  width: 640,
  height: 640,
  layout: 'NCHW',
  channels: 'BGR',
  ...levels,
};
const raw = 'https://raw.githubusercontent.com';
// Pinned to a commit: the file behind a branch may change.
const yunetTraining = `${raw}/ShiqiYu/libfacedetection.train/02246e79b1e976c83d1e135a85e0628120c93769/onnx`;

/** Public networks by name; their hashes were computed from the files at these addresses. */
export const catalogue: readonly CatalogueItem[] = [
  {
    name: 'yunet',
    description: 'YuNet (n): face detector, pictures of any size',
    role: 'detector',
    entry: {
      file: 'yunet/yunet_n_dynamic.onnx',
      sha256: '104ee26c71d5c270ce79a6b3dced91c91013260d29a6bf18f9296c5b8c4c2b12',
      bytes: 322906,
      licence: 'Apache-2.0',
      nonCommercial: false,
      url: `${yunetTraining}/yunet_n_dynamic.onnx`,
      adapter: 'yunet',
      image: yunetFeed,
    },
    mirrors: [`${raw}/ShiqiYu/libfacedetection.train/master/onnx/yunet_n_dynamic.onnx`],
  },
  {
    name: 'yunet-s',
    description: 'YuNet (s), 2023mar: smaller face detector, pictures of 640x640',
    role: 'detector',
    entry: {
      file: 'yunet-s/face_detection_yunet_2023mar.onnx',
      sha256: '8f2383e4dd3cfbb4553ea8718107fc0423210dc964f9f4280604804ed2552fa4',
      bytes: 232589,
      licence: 'MIT',
      nonCommercial: false,
      url: 'https://media.githubusercontent.com/media/opencv/opencv_zoo/main/models/face_detection_yunet/face_detection_yunet_2023mar.onnx',
      adapter: 'yunet',
      image: yunetFeed,
    },
    mirrors: [`${yunetTraining}/yunet_s_640_640.onnx`],
  },
  {
    name: 'facemesh',
    description: 'MediaPipe face mesh: 468 points, no identity and no visibility',
    role: 'landmarks',
    entry: {
      file: 'facemesh/FaceMesh.onnx',
      sha256: 'd543107cfab6a216501b37667ef1520950410dfe02d4c186e6b154fc91345ee1',
      bytes: 2332284,
      licence: 'Apache-2.0',
      nonCommercial: false,
      url: `${raw}/iperov/DeepFaceLive/894ec56a93c0d82d2b1a5e280f67d3bff916be7b/modelhub/onnx/FaceMesh/FaceMesh.onnx`,
      adapter: 'facemesh',
      image: {
        input: 'input_1',
        width: 192,
        height: 192,
        layout: 'NHWC',
        channels: 'RGB',
        mean: [0, 0, 0],
        std: [1, 1, 1],
      },
    },
    mirrors: [`${raw}/iperov/DeepFaceLive/master/modelhub/onnx/FaceMesh/FaceMesh.onnx`],
  },
];

/** The published system: its weights come from its authors. */
export const e4sImport: ImportedProfile = {
  name: 'e4s',
  description: 'E4S as published (Liu et al., CVPR 2023), 1024 px',
  licence: 'MIT code; weights without a statement, trained on FFHQ and CelebAMask-HQ',
  nonCommercial: true,
  files: [
    {
      file: 'iteration_300000.pt',
      from: 'the E4S repository (github.com/e4s2022/e4s, pretrained models)',
      roles: ['encoder', 'mapper', 'generator'],
    },
    {
      file: '79999_iter.pth',
      from: 'face-parsing.PyTorch (github.com/zllrunning/face-parsing.PyTorch)',
      roles: ['parser'],
    },
  ],
  command: 'facet models import e4s --checkpoint iteration_300000.pt --parser 79999_iter.pth',
};

/** A catalogue item by name. */
export function inCatalogue(name: string): CatalogueItem | undefined {
  return catalogue.find((item) => item.name === name);
}
