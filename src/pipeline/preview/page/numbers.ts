/** `0:12.40`, `1:02:03.00`: a moment in a file. */
export function clock(seconds: number): string {
  const hundredths = Math.max(0, Math.round(seconds * 100));
  const two = (value: number): string => String(value).padStart(2, '0');
  const minutes = Math.floor(hundredths / 6000);
  const rest = `${two(Math.floor(hundredths / 100) % 60)}.${two(hundredths % 100)}`;
  return minutes < 60 ? `${minutes}:${rest}` : `${Math.floor(minutes / 60)}:${two(minutes % 60)}:${rest}`;
}

/** `18 000`: thousands apart by a thin space. */
export function number(value: number): string {
  const [whole = '', part] = String(value).split('.');
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, '\u202f');
  return part === undefined ? spaced : `${spaced}.${part}`;
}

/** `2.4 s`, `3 min 20 s`, `2 h 5 min`: how long something took. */
export function seconds(value: number): string {
  if (value < 60) return `${value.toFixed(1)} s`;
  const whole = Math.round(value);
  if (whole < 3600) return `${Math.floor(whole / 60)} min ${whole % 60} s`;
  return `${Math.floor(whole / 3600)} h ${Math.round((whole % 3600) / 60)} min`;
}

/** `about 40 min`, `20 to 40 min`: how long something may take, no finer than is known. */
export function guess([least, most]: readonly [number, number]): string {
  const [a, b] = [rough(least), rough(most)];
  if (a.unit === b.unit)
    return a.value === b.value ? `about ${a.value} ${a.unit}` : `${a.value} to ${b.value} ${a.unit}`;
  return `${a.value} ${a.unit} to ${b.value} ${b.unit}`;
}

function rough(value: number): { readonly value: string; readonly unit: string } {
  const two = (amount: number): string => String(Number(amount.toPrecision(2)));
  if (value < 90) return { value: two(Math.max(1, value)), unit: 's' };
  return value < 5400 ? { value: two(value / 60), unit: 'min' } : { value: two(value / 3600), unit: 'h' };
}
