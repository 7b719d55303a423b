// Which alerts a page of metrics leads to, if it stays as it is: those of the rules that compare one
// metric with a number, in the small part of PromQL that they use.
import { readFileSync } from 'node:fs';
import { parse } from 'yaml';

const RULES = new URL('../../config/monitoring/percept-lte.rules.yaml', import.meta.url);

interface Rule {
  readonly alert: string;
  readonly expr: string;
  readonly for?: string;
}

/** `PerceptLteOffline after 15m`, for each that fires. Without a page nothing is heard any more. */
export function alertsOf(page: string): readonly string[] {
  const { groups } = parse(readFileSync(RULES, 'utf8')) as { groups: readonly { rules: readonly Rule[] }[] };
  const rules = groups.flatMap((group) => group.rules);
  return rules.flatMap((rule) => {
    const [, name, matchers = '', value] = /^(\w+)(?:\{(.*)\})? == (\d+)$/.exec(rule.expr) ?? [];
    if (name === undefined) return [];
    const wanted = [...matchers.matchAll(/(\w+)(=~|=)"([^"]*)"/g)];
    const fits = (labels: string) =>
      wanted.every(([, label, , pattern]) => new RegExp(`(^|,)${label}="(${pattern})"`).test(labels));
    const samples = [...page.matchAll(new RegExp(`^${name}(?:\\{(.*)\\})? (\\S+)$`, 'gm'))];
    return samples
      .filter(([, labels = '', sample]) => sample === value && fits(labels))
      .map(([, labels = '']) => {
        const code = /code="([^"]*)"/.exec(labels)?.[1];
        return `${rule.alert}${code === undefined ? '' : ` (${code})`} after ${rule.for}`;
      });
  });
}
