import { createHash } from 'node:crypto';
import { regionNames } from '../../../core/regions.ts';
import { labelColors } from '../../../ops/labels/label-colors.ts';
import type { PagePair } from '../still.ts';
import type { ClipReport, ComparisonReport, PreviewReport, StillReport, TrackReport } from '../report.ts';
import { html, Markup } from './html.ts';
import { clock, guess, number, seconds } from './numbers.ts';
import { pageScript } from './script.ts';
import { pageStyle } from './style.ts';
import { timings } from './timings.ts';

/**
 * The page of a preview: one file that needs nothing else. Its own policy forbids every request; pictures and the
 * clip are inside it. What it links to (the PNG files) lies beside it in the folder.
 */
export function previewPage(report: PreviewReport): string {
  const policy = [
    "default-src 'none'",
    'img-src data:',
    'media-src blob:',
    `style-src '${hashOf(pageStyle)}'`,
    `script-src '${hashOf(pageScript)}'`,
    "base-uri 'none'",
    "form-action 'none'",
  ].join('; ');
  const page = html`<!doctype html>
    <html lang="en">
      <head>
        <meta charset="utf-8" />
        <meta http-equiv="Content-Security-Policy" content="${policy}" />
        <meta name="viewport" content="width=device-width, initial-scale=1" />
        <meta name="generator" content="facet ${report.version}" />
        <link rel="icon" href="data:," />
        <title>Preview of ${report.target}</title>
        ${element('style', pageStyle)}
      </head>
      <body>
        ${top(report)}
        <main>
          ${summary(report)} ${stills(report.stills)} ${report.clip && clip(report.clip)}
          ${report.comparisons.map(comparison)} ${report.tracks.length > 0 && tracks(report)}
          ${commands(report)} ${timings(report.timing)} ${report.notes.length > 0 && notes(report.notes)}
          <footer>
            Made by facet ${report.version} with the profile ${report.profile}. The faces in these pictures
            are synthesised; show them only with the consent of the people they belong to.
          </footer>
        </main>
        ${element('script', pageScript)}
      </body>
    </html>`;
  return `${page.text.replace(/^\s+(?=<)/gm, '')}\n`;
}

/** An element whose text is as it stands here: the policy names its hash. */
function element(name: 'style' | 'script', text: string): Markup {
  return new Markup(`<${name}>${text}</${name}>`);
}

function hashOf(text: string): string {
  return `sha256-${createHash('sha256').update(text).digest('base64')}`;
}

function top({ target, video, profile, devices, madeAt }: PreviewReport): Markup {
  const device = [...new Set(Object.values(devices).map((words) => words.split(' ')[0]))].join(', ');
  return html`<header class="top">
    <h1>${target}</h1>
    <p class="facts">
      <span>${video.width} × ${video.height}</span>
      <span>${clock(video.seconds)} long</span>
      <span
        >${number(video.frames)} frames at ${number(Math.round(video.framesPerSecond * 100) / 100)} a
        second</span
      >
      <span>profile ${profile}${device && ` on ${device}`}</span>
      <span>${madeAt.toISOString().slice(0, 16).replace('T', ' ')} UTC</span>
    </p>
  </header>`;
}

function summary({ timing, stills: all, tracks: people }: PreviewReport): Markup {
  const swapped = people.filter(({ isSwapped }) => isSwapped).length;
  return html`<dl class="summary">
    <div>
      <dt>The whole file will take</dt>
      <dd>${timing.wholeFile ? guess(timing.wholeFile.seconds) : 'unknown'}<small>on this machine</small></dd>
    </div>
    <div>
      <dt>Faces seen here</dt>
      <dd>
        ${people.length}<small>${people.length === 0 ? 'nothing was swapped' : `${swapped} swapped`}</small>
      </dd>
    </div>
    <div>
      <dt>Moments</dt>
      <dd>
        ${all.length}<small>${all.filter((still) => still.isSwapped).length} with a swapped face</small>
      </dd>
    </div>
    <div>
      <dt>First still after</dt>
      <dd>
        ${timing.firstStillSeconds === undefined ? '–' : seconds(timing.firstStillSeconds)}<small
          >${seconds(timing.seconds)} for all of it</small
        >
      </dd>
    </div>
  </dl>`;
}

function stills(all: readonly StillReport[]): Markup {
  const views = [
    ['frame', 'Frame'],
    ['face', 'Face'],
    ['regions', 'Regions'],
  ] as const;
  return html`<section id="stills" data-view="frame">
    <div class="bar">
      <h2>Stills</h2>
      <fieldset class="choice">
        <legend>What the stills show</legend>
        ${views.map(
          ([value, words], i) =>
            html`<label
              ><input type="radio" name="view" value="${value}" ${i === 0 && new Markup('checked')} /><span
                >${words}</span
              ></label
            >`,
        )}
      </fieldset>
      <span class="hint">Drag across a picture, or use the arrow keys</span>
    </div>
    <ul class="legend" aria-label="Colours of the regions">
      ${regionNames.slice(1).map(
        (name, i) =>
          html`<li>
            <svg viewBox="0 0 1 1" aria-hidden="true">
              <rect width="1" height="1" fill="rgb(${labelColors[i + 1]!.join(' ')})" /></svg
            >${name}
          </li>`,
      )}
    </ul>
    <div class="stills${all.length === 1 && ' one'}">${all.map(still)}</div>
  </section>`;
}

function still({ frame, seconds: at, reason, files, images, faceCount, isSwapped }: StillReport): Markup {
  const what = `frame ${frame}`;
  return html`<figure>
    ${wipe(images.frame, images.face ? 'frame' : 'frame face', what)}
    ${images.face && wipe(images.face, 'face', `face in ${what}`)}
    ${wipe(images.regions, 'regions', `regions in ${what}`)}
    <figcaption>
      <b>${clock(at)}</b><span>frame ${number(frame)}</span>
      ${reason !== undefined && html`<span class="tag">${reason}</span>`}
      ${!isSwapped && html`<span>${faceCount === 0 ? 'no face found' : 'no face chosen'}</span>`}
      <span class="files"
        ><a href="${files.before}">before</a> <a href="${files.after}">after</a> in full size</span
      >
    </figcaption>
  </figure>`;
}

function wipe({ before, after }: PagePair, kind: string, what: string): Markup {
  return html`<div class="wipe" data-kind="${kind}">
    <img src="${before.data}" width="${before.width}" height="${before.height}" alt="Target, ${what}" />
    <img
      class="after"
      src="${after.data}"
      width="${after.width}"
      height="${after.height}"
      alt="Swapped, ${what}"
    />
    <span class="name">target</span><span class="name">swapped</span>
    <input
      type="range"
      min="0"
      max="100"
      value="50"
      step="1"
      aria-label="Border of target and swapped, ${what}"
    />
    <div class="line"></div>
  </div>`;
}

function clip({ file, width, height, seconds: length, first, last, hasSound, data }: ClipReport): Markup {
  return html`<section>
    <h2>Clip <small>target left, swapped right</small></h2>
    ${
      data === undefined
        ? html`<p class="note">The clip is too large for this page: <a href="${file}">${file}</a>.</p>`
        : html`<video id="clip" controls loop playsinline width="${width}" height="${height}"></video>
            <script type="text/plain" id="clip-data">
              ${new Markup(data)}
            </script>`
    }
    <figcaption>
      <b>${seconds(length)}</b><span>frames ${number(first)} to ${number(last)}</span>
      <span>${hasSound ? 'with sound' : 'without sound'}</span>
      <span class="files"><a href="${file}">${file}</a></span>
    </figcaption>
  </section>`;
}

function comparison({ name, frame, seconds: at, target, variants }: ComparisonReport): Markup {
  const cells = [
    { caption: 'target', image: target, file: undefined },
    ...variants.map(({ text, image, file }) => ({ caption: `${name}=${text}`, image, file })),
  ];
  return html`<section>
    <h2>Compare ${name} <small>${clock(at)}, frame ${number(frame)}</small></h2>
    <div class="grid">
      ${cells.map(({ caption, image, file }) => {
        const picture = html`<img
          src="${image.data}"
          width="${image.width}"
          height="${image.height}"
          alt="${caption}"
        />`;
        return html`<figure>
          ${file === undefined ? picture : html`<a href="${file}">${picture}</a>`}
          <figcaption>${caption}</figcaption>
        </figure>`;
      })}
    </div>
  </section>`;
}

function tracks({ tracks: all, areIdsOfFile }: PreviewReport): Markup {
  // Letters where numbers would be taken for those of --faces.
  const nameOf = ({ trackId }: TrackReport): string =>
    areIdsOfFile
      ? String(trackId)
      : String.fromCodePoint(65 + (trackId % 26)).repeat(1 + Math.floor(trackId / 26));
  const note = areIdsOfFile
    ? 'by the numbers that --faces takes'
    : 'as this preview met them; facet inspect --faces tells the numbers that --faces takes';
  return html`<section>
    <h2>Faces <small>${note}</small></h2>
    <ul class="tracks">
      ${all.map(
        (track) =>
          html`<li>
            <img src="${track.image.data}" width="64" height="64" alt="Face ${nameOf(track)}" />
            <span
              >Face ${nameOf(track)}<small
                >${track.isSwapped ? 'swapped' : 'left alone'}, in ${number(track.frames)}
                ${track.frames === 1 ? 'frame' : 'frames'}</small
              ></span
            >
          </li>`,
      )}
    </ul>
  </section>`;
}

function commands({ commands: { swap, preview } }: PreviewReport): Markup {
  const block = (id: string, words: string, line: string): Markup =>
    html`<div class="command">
      <p>${words}</p>
      <pre id="${id}">${line}</pre>
      <button type="button" data-copy="${id}" hidden>Copy</button>
    </div>`;
  return html`<section>
    <h2>Commands</h2>
    ${block('command-swap', 'Swap the whole file like this', swap)}
    ${block('command-preview', 'Make this preview again', preview)}
  </section>`;
}

function notes(all: readonly string[]): Markup {
  return html`<section>
    <h2>Good to know</h2>
    <ul class="notes">
      ${all.map((sentence) => html`<li>${sentence}</li>`)}
    </ul>
  </section>`;
}
