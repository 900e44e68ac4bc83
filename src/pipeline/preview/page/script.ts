/** What the page does: sliders, views, the clip, copying. Plain JavaScript, as browsers of 2020 take it. */
export const pageScript = `
'use strict';
for (const wipe of document.querySelectorAll('.wipe')) {
  const slider = wipe.querySelector('input');
  const [before, after] = wipe.querySelectorAll('.name');
  const show = () => {
    const at = Number(slider.value);
    wipe.style.setProperty('--at', at + '%');
    slider.setAttribute('aria-valuetext', at + ' % target, ' + (100 - at) + ' % swapped');
    before.classList.toggle('gone', at < 12);
    after.classList.toggle('gone', at > 88);
  };
  slider.addEventListener('input', show);
  slider.addEventListener('dblclick', () => { slider.value = 50; show(); });
  show();
}
for (const choice of document.querySelectorAll('input[name="view"]')) {
  choice.addEventListener('change', () => {
    if (choice.checked) document.getElementById('stills').dataset.view = choice.value;
  });
}
const data = document.getElementById('clip-data');
if (data) {
  const text = atob(data.textContent.trim());
  const bytes = new Uint8Array(text.length);
  for (let i = 0; i < text.length; i++) bytes[i] = text.charCodeAt(i);
  document.getElementById('clip').src = URL.createObjectURL(new Blob([bytes], { type: 'video/mp4' }));
}
for (const button of document.querySelectorAll('button[data-copy]')) {
  button.hidden = false;
  button.addEventListener('click', async () => {
    const line = document.getElementById(button.dataset.copy);
    let done = true;
    try {
      await navigator.clipboard.writeText(line.textContent);
    } catch {
      getSelection().selectAllChildren(line);
      done = document.execCommand('copy');
    }
    button.textContent = done ? 'Copied' : 'Press Ctrl+C';
    setTimeout(() => { button.textContent = 'Copy'; }, 1600);
  });
}
`;
