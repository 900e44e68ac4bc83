import { access, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { chromium, type Browser, type Page } from 'playwright-core';
import sharp from 'sharp';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { previewPage } from '../../../src/pipeline/preview/page/page.ts';
import type { PreviewReport } from '../../../src/pipeline/preview/report.ts';
import type { PageImage, PagePair } from '../../../src/pipeline/preview/still.ts';
import { ffmpeg, temporaryFolder } from '../../helpers/media.ts';

const executablePath = process.env['CHROMIUM_PATH'] ?? '/usr/bin/chromium';
const hasChromium = await access(executablePath).then(
  () => true,
  () => false,
);

async function image(color: string): Promise<PageImage> {
  const data = await sharp({ create: { width: 320, height: 180, channels: 3, background: color } })
    .webp()
    .toBuffer();
  return { data: `data:image/webp;base64,${data.toString('base64')}`, width: 320, height: 180 };
}

async function report(clip: string): Promise<PreviewReport> {
  const pair = async (): Promise<PagePair> => ({ before: await image('teal'), after: await image('salmon') });
  const still = async (frame: number, hasFace: boolean): Promise<PreviewReport['stills'][number]> => ({
    frame,
    seconds: frame / 25,
    reason: hasFace ? 'largest face' : undefined,
    files: { before: `stills/${frame}-before.png`, after: `stills/${frame}-after.png` },
    images: {
      frame: await pair(),
      face: hasFace ? await pair() : undefined,
      regions: await pair(),
    },
    faceCount: hasFace ? 1 : 0,
    isSwapped: hasFace,
  });
  return {
    target: `a <b>"clip"</b> & 'more'.mp4`,
    madeAt: new Date(0),
    version: '0.0.0',
    profile: 'fake 1',
    devices: { generator: 'cpu (asked for)' },
    video: { width: 1920, height: 1080, frames: 18_000, framesPerSecond: 29.97, seconds: 600 },
    stills: [await still(30, true), await still(310, false)],
    clip: {
      file: 'clip.mp4',
      width: 128,
      height: 48,
      seconds: 1,
      first: 0,
      last: 24,
      hasSound: false,
      data: (await readFile(clip)).toString('base64'),
    },
    tracks: [{ trackId: 3, image: await image('gold'), file: 'tracks/3.webp', isSwapped: true, frames: 2 }],
    areIdsOfFile: true,
    comparisons: [
      {
        name: 'amount',
        frame: 30,
        seconds: 1.2,
        target: await image('teal'),
        variants: [{ text: '0.5', image: await image('salmon'), file: 'compare/amount-1.png' }],
      },
    ],
    timing: {
      stages: { decode: 2.5, generate: 80 },
      framesSwapped: 2,
      seconds: 4.2,
      firstStillSeconds: 1.9,
      wholeFile: { seconds: [1440, 2400], basis: 'a guess.' },
    },
    commands: { swap: `facet swap --source 'it'\\''s.png' --target "$HOME"`, preview: 'facet preview' },
    notes: ['</script><script>throw new Error("not escaped")</script>'],
  };
}

describe.skipIf(!hasChromium)('the page of a preview, in Chromium', () => {
  let folder: Awaited<ReturnType<typeof temporaryFolder>>;
  let browser: Browser;
  let url = '';
  const problems: string[] = [];
  const requests: string[] = [];

  beforeAll(async () => {
    folder = await temporaryFolder();
    const clip = join(folder.path, 'clip.mp4');
    await ffmpeg('-f', 'lavfi', '-i', 'testsrc2=s=128x48:r=25:d=1', '-pix_fmt', 'yuv420p', clip);
    const page = join(folder.path, 'index.html');
    await writeFile(page, previewPage(await report(clip)));
    url = pathToFileURL(page).href;
    browser = await chromium.launch({
      executablePath,
      args: [
        ...['--headless', '--no-sandbox', '--disable-gpu', '--disable-quic', '--no-first-run'],
        ...['--disable-background-networking', '--disable-component-update', '--disable-sync'],
      ],
      timeout: 50_000,
    });
  }, 90_000);
  afterAll(async () => {
    await browser.close();
    await folder.remove();
  });

  async function open(options: Parameters<Browser['newPage']>[0] = {}): Promise<Page> {
    const page = await browser.newPage(options);
    page.on('console', (message) => {
      if (message.type() === 'error' || message.type() === 'warning') problems.push(message.text());
    });
    page.on('pageerror', (error) => problems.push(error.message));
    page.on('request', (request) => requests.push(request.url()));
    await page.goto(url);
    return page;
  }

  it('loads whole, from itself alone, without a word on the console', async () => {
    const page = await open();
    // Text, so that the browser's names need not be known to the types here.
    const images = await page.evaluate<number[]>(
      'Promise.all([...document.images].map((one) => one.decode().then(() => one.naturalWidth)))',
    );
    expect(images.length).toBe(2 * (3 + 2) + 3);
    expect(images.every((width) => width === 320)).toBe(true);
    await page.waitForFunction("document.querySelector('video').readyState >= 1");
    expect(await page.evaluate("document.querySelector('video').videoWidth")).toBe(128);
    expect(requests.filter((one) => !/^(data|blob):/.test(one) && one !== url)).toEqual([]);
    expect(problems).toEqual([]);
    expect(await page.title()).toBe(`Preview of a <b>"clip"</b> & 'more'.mp4`);
    expect(await page.locator('#command-swap').textContent()).toBe(
      `facet swap --source 'it'\\''s.png' --target "$HOME"`,
    );
    await page.close();
  });

  it('moves the slider by mouse, touch and keyboard, and says where it is', async () => {
    const page = await open({ hasTouch: true, viewport: { width: 1000, height: 900 } });
    const wipe = page.locator('.wipe:visible').first();
    const slider = wipe.getByRole('slider');
    const clip = (): Promise<string> =>
      page.evaluate<string>("getComputedStyle(document.querySelector('.wipe .after')).clipPath");
    expect(await slider.getAttribute('aria-label')).toContain('frame 30');
    expect(await clip()).toBe('inset(0px 0px 0px 50%)');
    const box = (await wipe.boundingBox())!;
    await page.mouse.click(box.x + box.width * 0.25, box.y + box.height / 2);
    expect(Number(await slider.inputValue())).toBeCloseTo(25, -0.5);
    await page.touchscreen.tap(box.x + box.width * 0.8, box.y + box.height * 0.3);
    expect(Number(await slider.inputValue())).toBeCloseTo(80, -0.5);
    await slider.focus();
    await page.keyboard.press('Home');
    expect(await clip()).toBe('inset(0px 0px 0px 0%)');
    await page.keyboard.press('ArrowRight');
    expect(await slider.inputValue()).toBe('1');
    expect(await slider.getAttribute('aria-valuetext')).toBe('1 % target, 99 % swapped');
    await page.keyboard.press('End');
    expect(await clip()).toBe('inset(0px 0px 0px 100%)');
    await page.close();
  });

  it('reaches everything by keyboard, and changes the view with it', async () => {
    const page = await open();
    const seen = (): Promise<(string | null)[]> =>
      page.locator('.wipe:visible').evaluateAll((all) => all.map((one) => one.getAttribute('data-kind')));
    expect(await seen()).toEqual(['frame', 'frame face']);
    await page.keyboard.press('Tab');
    await page.keyboard.press('ArrowRight');
    expect(await seen()).toEqual(['face', 'frame face']);
    await page.keyboard.press('ArrowRight');
    expect(await seen()).toEqual(['regions', 'regions']);
    expect(await page.locator('.legend').isVisible()).toBe(true);
    const focused: string[] = [];
    for (let i = 0; i < 24; i++) {
      await page.keyboard.press('Tab');
      focused.push(await page.evaluate<string>('document.activeElement.tagName.toLowerCase()'));
    }
    for (const kind of ['input', 'a', 'video', 'button']) expect(focused).toContain(kind);
    await page.close();
  });

  it('follows the light or dark of its reader, and fits a phone', async () => {
    const grounds: string[] = [];
    for (const colorScheme of ['light', 'dark'] as const) {
      const page = await open({ colorScheme, viewport: { width: 360, height: 740 } });
      grounds.push(await page.evaluate<string>('getComputedStyle(document.body).backgroundColor'));
      const text = await page.evaluate<string>('getComputedStyle(document.body).color');
      expect(text).not.toBe(grounds.at(-1));
      expect(await page.evaluate<number>('document.documentElement.scrollWidth')).toBeLessThanOrEqual(360);
      await page.close();
    }
    expect(grounds).toEqual(['rgb(247, 247, 245)', 'rgb(20, 20, 21)']);
    expect(problems).toEqual([]);
  });
});

describe('the page of a preview', () => {
  it('is checked in a browser, where there is one', ({ skip }) => {
    if (!hasChromium) skip(`${executablePath} is not there (set CHROMIUM_PATH)`);
    expect(hasChromium).toBe(true);
  });
});
