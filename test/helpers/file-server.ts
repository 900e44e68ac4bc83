import { createServer, type IncomingMessage, type Server, type ServerResponse } from 'node:http';
import { connect, type AddressInfo, type Socket } from 'node:net';

export type Request = { readonly path: string; readonly range: string | undefined };

/** A server of one file, which notes every request and can be made to misbehave. */
export class FileServer {
  readonly requests: Request[] = [];
  /** Answers a request in its own way; true when it did. */
  misbehave: ((request: Request, response: ServerResponse) => boolean) | undefined;
  content: Uint8Array;
  readonly #server: Server;

  private constructor(content: Uint8Array) {
    this.content = content;
    this.#server = createServer((request, response) => {
      this.#answer(request, response);
    });
  }

  static async start(content: Uint8Array): Promise<FileServer> {
    const server = new FileServer(content);
    await new Promise<void>((resolve) => server.#server.listen(0, '127.0.0.1', resolve));
    return server;
  }

  url(path: string): string {
    return `http://127.0.0.1:${(this.#server.address() as AddressInfo).port}/${path}`;
  }

  async stop(): Promise<void> {
    this.#server.closeAllConnections();
    await new Promise((resolve) => this.#server.close(resolve));
  }

  #answer(incoming: IncomingMessage, response: ServerResponse): void {
    const request = { path: incoming.url ?? '', range: incoming.headers.range };
    this.requests.push(request);
    if (this.misbehave?.(request, response) === true) return;
    const from = Number(/^bytes=(\d+)-$/.exec(request.range ?? '')?.[1] ?? 0);
    const { length } = this.content;
    response.writeHead(from > 0 ? 206 : 200, {
      'content-length': length - from,
      ...(from > 0 && { 'content-range': `bytes ${from}-${length - 1}/${length}` }),
    });
    response.end(this.content.subarray(from));
  }
}

/** Sends the first bytes of what was promised, then cuts the connection. */
export function cutAfter(bytes: number, content: Uint8Array, response: ServerResponse, from = 0): void {
  const { length } = content;
  response.writeHead(from > 0 ? 206 : 200, {
    'content-length': length - from,
    ...(from > 0 && { 'content-range': `bytes ${from}-${length - 1}/${length}` }),
  });
  response.write(content.subarray(from, from + bytes), () => {
    // Given time to be read: when a connection breaks, fetch drops what has come and was not read yet.
    setTimeout(() => response.socket?.destroy(), 150);
  });
}

/** A proxy that tunnels (CONNECT) and notes where to. */
export async function startProxy(): Promise<{
  readonly url: string;
  readonly tunnels: readonly string[];
  readonly stop: () => Promise<void>;
}> {
  const tunnels: string[] = [];
  const sockets = new Set<Socket>();
  const server = createServer();
  server.on('connect', (request: IncomingMessage, client: Socket, head: Buffer) => {
    tunnels.push(request.url ?? '');
    const [host = '', port = ''] = (request.url ?? '').split(':');
    const upstream = connect(Number(port), host, () => {
      client.write('HTTP/1.1 200 Connection Established\r\n\r\n');
      upstream.write(head);
      upstream.pipe(client).pipe(upstream);
    });
    for (const socket of [client, upstream]) {
      sockets.add(socket);
      socket.on('error', () => undefined);
    }
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    url: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    tunnels,
    stop: async () => {
      for (const socket of sockets) socket.destroy();
      server.closeAllConnections();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}
