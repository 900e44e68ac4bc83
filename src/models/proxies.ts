import { Agent, ProxyAgent, type Dispatcher } from 'undici';
import { UsageError } from '../core/errors.ts';
import type { Env } from './folders.ts';

/** The proxies that an environment names (HTTPS_PROXY, HTTP_PROXY, ALL_PROXY, NO_PROXY, also in lower case). */
export type ProxySettings = {
  readonly httpProxy: string | undefined;
  readonly httpsProxy: string | undefined;
  readonly noProxy: string | undefined;
};

/** Reads the environment; lower case wins, as curl has it. */
export function proxySettings(env: Env): ProxySettings {
  const read = (name: string): string | undefined => env[name.toLowerCase()] || env[name] || undefined;
  const all = read('ALL_PROXY');
  const http = read('HTTP_PROXY') ?? all;
  return { httpProxy: http, httpsProxy: read('HTTPS_PROXY') ?? all ?? http, noProxy: read('NO_PROXY') };
}

/**
 * What connects the downloads from an address: straight, or through the environment's proxy for it. Destroy it after.
 *
 * @throws {UsageError} USAGE_BAD_PROXY
 */
export function connect(url: string, env: Env): Dispatcher {
  const limits = { connectTimeout: 20_000, headersTimeout: 30_000, bodyTimeout: 30_000 };
  const proxy = proxyFor(url, env);
  if (proxy === undefined) return new Agent(limits);
  try {
    return new ProxyAgent({ uri: proxy, ...limits });
  } catch (cause) {
    throw new UsageError(`The proxy ${withoutPassword(proxy)} cannot be used.`, {
      code: 'USAGE_BAD_PROXY',
      hint: 'HTTPS_PROXY must be an http or https address such as http://proxy.example:3128.',
      cause,
    });
  }
}

/** The proxy that an address goes through, for messages: without its password. Undefined when it goes straight. */
export function proxyOf(url: string, env: Env): string | undefined {
  const proxy = proxyFor(url, env);
  return proxy === undefined ? undefined : withoutPassword(proxy);
}

function proxyFor(url: string, env: Env): string | undefined {
  const { httpProxy, httpsProxy, noProxy = '' } = proxySettings(env);
  const { hostname, protocol } = new URL(url);
  const isExcluded = noProxy
    .split(/[\s,]+/)
    .filter((entry) => entry !== '')
    .some((entry) => {
      const name = entry.replace(/^\*?\./, '').replace(/:\d+$/, '');
      return entry === '*' || hostname === name || hostname.endsWith(`.${name}`);
    });
  const proxy = protocol === 'https:' ? httpsProxy : httpProxy;
  return isExcluded ? undefined : proxy;
}

function withoutPassword(proxy: string): string {
  return proxy.replace(/\/\/[^@/]*@/, '//');
}
