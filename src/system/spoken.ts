// Times, lengths of time and amounts of data in sentences; the journal's fields have a shorter form
// (log-line.ts).

/**
 * `14 s`, `2 min`, `3 h 12 min`, `5 d 1 h`: a length of time as people say it. Negative ones (a
 * clock that was set back) are 0.
 */
export function spoken(ms: number): string {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s`;
  const minutes = Math.floor(seconds / 60);
  if (minutes < 60) return `${minutes} min`;
  const hours = Math.floor(minutes / 60);
  if (hours < 24) return minutes % 60 === 0 ? `${hours} h` : `${hours} h ${minutes % 60} min`;
  return hours % 24 === 0 ? `${Math.floor(hours / 24)} d` : `${Math.floor(hours / 24)} d ${hours % 24} h`;
}

/** `312 B`, `1.2 MB`. */
export function spokenBytes(count: number): string {
  const units = ['B', 'kB', 'MB', 'GB', 'TB'];
  const power = Math.min(units.length - 1, count < 1000 ? 0 : Math.floor(Math.log10(count) / 3));
  return `${power === 0 ? count : (count / 1000 ** power).toFixed(1)} ${units[power]}`;
}

/**
 * The host's own time of day, as a person beside it reads it: 10:42, or with the day when it is not
 * today. @param time In ISO 8601, or in milliseconds since the Unix epoch, as `now` is.
 */
export function timeOfDay(time: string | number, now: number): string {
  const then = new Date(time);
  const two = (part: number) => String(part).padStart(2, '0');
  const clock = `${two(then.getHours())}:${two(then.getMinutes())}`;
  if (then.toDateString() === new Date(now).toDateString()) return clock;
  return `${then.getFullYear()}-${two(then.getMonth() + 1)}-${two(then.getDate())} ${clock}`;
}
