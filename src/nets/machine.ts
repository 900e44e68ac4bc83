import { readdir, readFile, stat } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { availableParallelism, cpus, release } from 'node:os';
import { dirname, join } from 'node:path';

type Env = Readonly<Record<string, string | undefined>>;

/** Folders and files in which a graphics device or its driver shows. */
const places = ['/dev/dri', '/etc/vulkan/icd.d', '/usr/share/vulkan/icd.d', '/usr/local/cuda/lib64'];
const driverFiles = ['/proc/driver/nvidia/version', '/sys/module/amdgpu/version'];
/** What makes drivers appear, or hides them. */
const variables =
  /^(CUDA_|NVIDIA_|HIP_|ROCR_|VK_|DRI_|MESA_|LIBGL_|LD_LIBRARY_PATH$|DYLD_LIBRARY_PATH$|DISPLAY$|WAYLAND_DISPLAY$)/;

/**
 * All that decides which execution providers work here and how fast they are, as one text: processor, system,
 * onnxruntime and its libraries, graphics devices, drivers, environment. Costs a few milliseconds; opens no device.
 */
export async function machineFacts(env: Env = process.env): Promise<string> {
  const ort = await ortFacts();
  const names = async (folder: string): Promise<readonly string[]> =>
    (await readdir(folder).catch(() => [])).sort();
  return JSON.stringify({
    platform: process.platform,
    arch: process.arch,
    release: release(),
    processor: cpus()[0]?.model,
    processors: availableParallelism(),
    node: process.versions.node,
    ort,
    devices: (await names('/dev')).filter((name) => /^(nvidia|kfd|dxg|mali|kgsl|accel)/.test(name)),
    places: await Promise.all(places.map(names)),
    drivers: await Promise.all(driverFiles.map((file) => readFile(file, 'utf8').catch(() => ''))),
    env: Object.entries(env)
      .filter(([name]) => variables.test(name))
      .sort(([a], [b]) => (a < b ? -1 : 1)),
  });
}

/** Version of onnxruntime, and its libraries with their sizes and times: providers are added as files beside it. */
async function ortFacts(): Promise<unknown> {
  const manifest = createRequire(import.meta.url).resolve('onnxruntime-node/package.json');
  const { version } = JSON.parse(await readFile(manifest, 'utf8')) as { version: string };
  const root = join(dirname(manifest), 'bin');
  const own = join(process.platform, process.arch);
  const files: unknown[] = [];
  for (const api of (await readdir(root).catch(() => [])).sort()) {
    for (const name of (await readdir(join(root, api, own)).catch(() => [])).sort()) {
      const { size, mtimeMs } = await stat(join(root, api, own, name));
      files.push([api, name, size, mtimeMs]);
    }
  }
  return { version, files };
}
