import { chmod, mkdir, readdir, readFile, stat, writeFile } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { fetchFile, type FetchEvent, type FetchOptions } from '../../src/models/fetch-file.ts';
import { cutAfter, FileServer, startProxy } from '../helpers/file-server.ts';
import { temporaryFolder } from '../helpers/media.ts';
import { sha256Of } from '../helpers/profile.ts';

const content = Uint8Array.from({ length: 300_000 }, (_, i) => (i * 7 + (i >> 8)) & 255);
let folder: Awaited<ReturnType<typeof temporaryFolder>>;
let server: FileServer;
const path = (): string => join(folder.path, 'models', 'net', 'net.onnx');
const wanted = (...urls: string[]) => ({
  path: path(),
  sha256: sha256Of(content),
  bytes: content.length,
  urls: urls.length > 0 ? urls : [server.url('net.onnx')],
  command: 'facet models pull net',
});
const events: FetchEvent[] = [];
const options = (more: Partial<FetchOptions> = {}): FetchOptions => ({
  env: {},
  backOffMilliseconds: 1,
  tell: (event) => events.push(event),
  ...more,
});
const left = (): Promise<string[]> => readdir(dirname(path()));
const expectWhole = async (): Promise<void> => {
  expect(Buffer.compare(await readFile(path()), content)).toBe(0);
  expect(await left()).toEqual(['net.onnx']);
};

beforeEach(async () => {
  folder = await temporaryFolder();
  server = await FileServer.start(content);
  events.length = 0;
});
afterEach(async () => {
  await server.stop();
  await folder.remove();
});

describe('a download', () => {
  it('comes with progress, under its name only when it is whole, and is kept the next time', async () => {
    await fetchFile(wanted(), options());
    await expectWhole();
    const progress = events.filter(({ event }) => event === 'fetching').map(({ bytesDone }) => bytesDone);
    expect(progress.at(-1)).toBe(content.length);
    expect(progress).toEqual([...progress].sort((a, b) => a - b));
    expect(events.at(-1)).toMatchObject({ event: 'fetched', from: server.url('net.onnx') });
    await fetchFile(wanted(), options());
    expect(events.at(-1)).toMatchObject({ event: 'kept' });
    expect(server.requests).toHaveLength(1);
  });

  it('replaces a damaged file', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(path(), content.map((byte) => byte ^ 1));
    await fetchFile(wanted(), options());
    await expectWhole();
  });

  it('goes on where a connection was cut, as often as there is progress', async () => {
    server.misbehave = ({ range }, response) => {
      const from = Number(/\d+/.exec(range ?? '0')?.[0]);
      if (from >= 240_000) return false;
      cutAfter(40_000, content, response, from);
      return true;
    };
    await fetchFile(wanted(), options());
    await expectWhole();
    // What had arrived and was not read yet when the connection broke may be asked for once more.
    expect([...new Set(server.requests.map(({ range }) => range))]).toEqual([
      undefined,
      ...[40, 80, 120, 160, 200, 240].map((thousands) => `bytes=${thousands}000-`),
    ]);
  });

  it('goes on where an earlier run was stopped', async () => {
    const stopping = new AbortController();
    server.misbehave = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.write(content.subarray(0, 100_000));
      return true;
    };
    const run = fetchFile(
      wanted(),
      options({
        signal: stopping.signal,
        tell: ({ bytesDone }) => {
          if (bytesDone === 100_000) stopping.abort(new Error('stopped by the user'));
        },
      }),
    );
    await expect(run).rejects.toThrow('stopped by the user');
    expect(await left()).toEqual(['net.onnx.part']);
    server.misbehave = undefined;
    await fetchFile(wanted(), options());
    await expectWhole();
    expect(server.requests.at(-1)?.range).toBe('bytes=100000-');
  });

  it('begins anew when what was left does not fit', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(`${path()}.part`, 'something else');
    await fetchFile(wanted(), options());
    await expectWhole();
    expect(server.requests.map(({ range }) => range)).toEqual(['bytes=14-', undefined]);
  });

  it('begins anew where the server cannot go on in the middle', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(`${path()}.part`, content.subarray(0, 1000));
    server.misbehave = (_request, response) => {
      response.writeHead(200, { 'content-length': content.length });
      response.end(content);
      return true;
    };
    await fetchFile(wanted(), options());
    await expectWhole();
  });

  it('tries again when the server is busy, and takes the next address when it stays so', async () => {
    server.misbehave = ({ path: asked }, response) => {
      if (asked !== '/busy') return false;
      response.writeHead(503);
      response.end();
      return true;
    };
    await fetchFile(wanted(server.url('busy'), server.url('net.onnx')), options());
    await expectWhole();
    expect(server.requests.map((request) => request.path)).toEqual([
      ...['/busy', '/busy', '/busy', '/busy'],
      '/net.onnx',
    ]);
  });

  it('follows a redirect, going on in the middle', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(`${path()}.part`, content.subarray(0, 1000));
    server.misbehave = ({ path: asked }, response) => {
      if (asked !== '/moved') return false;
      response.writeHead(302, { location: '/net.onnx' });
      response.end();
      return true;
    };
    await fetchFile(wanted(server.url('moved')), options());
    await expectWhole();
    expect(server.requests.at(-1)).toEqual({ path: '/net.onnx', range: 'bytes=1000-' });
  });
});

describe('a download that cannot succeed', () => {
  it.each<[string, (server: FileServer) => void, string, RegExp]>([
    [
      'because the file is not there',
      (bad) => {
        bad.misbehave = (_request, response) => {
          response.writeHead(404);
          response.end('not here');
          return true;
        };
      },
      'MODEL_DOWNLOAD_FAILED',
      /answered 404/,
    ],
    [
      'because the file there is another one of the same size',
      (bad) => (bad.content = content.map((byte) => byte ^ 1)),
      'MODEL_HASH_MISMATCH',
      /SHA-256 differs/,
    ],
    [
      'because the file there has another size',
      (bad) => (bad.content = content.subarray(1)),
      'MODEL_DOWNLOAD_FAILED',
      /has 299999 bytes, not 300000/,
    ],
    [
      'because more comes than was said',
      (bad) => {
        bad.misbehave = (_request, response) => {
          response.writeHead(200);
          response.write(content);
          response.end('and more');
          return true;
        };
      },
      'MODEL_DOWNLOAD_FAILED',
      /has 30000\d bytes, not 300000/,
    ],
    [
      'because nothing ever comes through',
      (bad) => {
        bad.misbehave = (_request, response) => {
          response.socket?.destroy();
          return true;
        };
      },
      'MODEL_DOWNLOAD_FAILED',
      /127\.0\.0\.1/,
    ],
  ])('%s', async (_name, spoil, code, message) => {
    spoil(server);
    await expect(fetchFile(wanted(), options())).rejects.toMatchObject({
      code,
      exitCode: 5,
      message: expect.stringMatching(message) as string,
    });
    expect(await left()).not.toContain('net.onnx');
    expect(await left()).not.toContain('net.onnx.lock');
  });

  it('offline: says what to fetch where and how to put it in place', async () => {
    const url = 'https://models.invalid/net.onnx';
    await expect(fetchFile(wanted(url), options())).rejects.toMatchObject({
      code: 'MODEL_DOWNLOAD_FAILED',
      message: expect.stringContaining('models.invalid: its address cannot be looked up') as string,
      hint: `Fetch ${url} elsewhere (300000 bytes, SHA-256 ${sha256Of(content)}) and run "facet models pull net --from FOLDER" with the folder it lies in.`,
    });
  });

  it('where the cache cannot be written: a file stands in its place', async () => {
    await writeFile(join(folder.path, 'models'), '');
    await expect(fetchFile(wanted(), options())).rejects.toMatchObject({
      code: 'OUTPUT_NOT_WRITABLE',
      exitCode: 7,
      hint: expect.stringContaining('FACET_HOME') as string,
    });
  });

  it('where the cache cannot be written: no permission', async ({ skip }) => {
    if (process.getuid?.() === 0) skip('root writes everywhere; the command is tested as another user');
    await mkdir(join(folder.path, 'models'));
    await chmod(join(folder.path, 'models'), 0o555);
    await expect(fetchFile(wanted(), options())).rejects.toMatchObject({ code: 'OUTPUT_NOT_WRITABLE' });
  });

  it('while another process fetches the same file, but not after one that is gone', async () => {
    await mkdir(dirname(path()), { recursive: true });
    await writeFile(`${path()}.lock`, String(process.ppid));
    await expect(fetchFile(wanted(), options())).rejects.toMatchObject({ code: 'MODEL_BUSY' });
    await writeFile(`${path()}.lock`, '99999999');
    await fetchFile(wanted(), options());
    await expectWhole();
  });
});

describe('a proxy', () => {
  it('of the environment is used, except for the hosts of NO_PROXY', async () => {
    const proxy = await startProxy();
    try {
      await fetchFile(wanted(), options({ env: { HTTP_PROXY: proxy.url } }));
      await expectWhole();
      expect(proxy.tunnels).toEqual([new URL(server.url('')).host]);
      const other = { ...wanted(), path: `${path()}2` };
      await fetchFile(other, options({ env: { HTTP_PROXY: proxy.url, NO_PROXY: 'x.test, 127.0.0.1' } }));
      expect((await stat(other.path)).size).toBe(content.length);
      expect(proxy.tunnels).toHaveLength(1);
    } finally {
      await proxy.stop();
    }
  });

  it('that does not answer is named, without its password', async () => {
    const env = { http_proxy: 'http://me:secret@127.0.0.1:9' };
    const failure = await fetchFile(wanted(), options({ env })).catch((error: unknown) => error as Error);
    expect(failure?.message).toMatch(/through the proxy http:\/\/127\.0\.0\.1:9\/?: the connection was refused/);
    expect(failure?.message).not.toContain('secret');
  });

  it('that is no address is a usage error', async () => {
    await expect(fetchFile(wanted(), options({ env: { all_proxy: 'nonsense' } }))).rejects.toMatchObject({
      code: 'USAGE_BAD_PROXY',
      exitCode: 2,
    });
  });
});
