// @ts-check
// What a device twin is told of a board's link: pure, so that it can be tested without a cloud.

/** A twin takes strings of 4 KB; what is longer than this helps nobody on a dashboard. */
const MOST_CHARACTERS = 300;

/**
 * A signal that trembles must not cost a message a minute over the very link that it is about.
 */
const SIGNAL_STEP = 10;

/** @typedef {Record<string, string | number | boolean>} Reported */

/**
 * The reported properties of a status (/run/percept-lte/status.json, version 1; `percept-lte status
 * --schema`). Flat, without arrays, without addresses and without the modem's number; only what
 * changes seldom.
 * @param {import('../../src/status/schema.ts').Status} status
 * @returns {Reported}
 */
export function reportedOf(status) {
  const { phase, sentence, reason, remedy, modem, link, lastFailure, attempts, incidents, warnings } = status;
  const { data } = status;
  const takenOver = status.uplinks?.find((uplink) => uplink.takenOver !== undefined);
  const outage = incidents.at(-1);
  return present({
    readable: true,
    online: phase === 'online',
    phase,
    sentence,
    reason,
    remedy,
    since: status.since,
    offlineSince: status.offlineSince,
    daemonVersion: status.daemonVersion,
    modemManagerVersion: status.modemManager.version,
    simState: status.sim?.state,
    modemModel: modem?.model,
    operator: modem?.operatorName,
    technology: modem?.accessTechnologies.join(', '),
    signalPercent: modem && Math.round(modem.signalPercent / SIGNAL_STEP) * SIGNAL_STEP,
    apn: link?.apn,
    interface: link?.interface,
    reach: link?.reach?.verdict,
    reachReason: link?.reach?.reason,
    takenOver: takenOver?.interface,
    lastFailure: lastFailure?.reason,
    consecutiveFailures: attempts.consecutiveFailures,
    trial: status.trial?.state,
    planUsedPercent: data?.limit && Math.floor((data.period / data.limit) * 20) * 5,
    outageBegin: outage?.begin,
    outageSeconds: outage && Math.round(outage.seconds),
    outageReason: outage?.reason,
    outageCause: outage?.cause,
    outageEndedBy: outage?.endedBy,
    warnings: warnings.length,
    firstWarning: warnings[0]?.text,
    firstWarningCode: warnings[0]?.code,
  });
}

/**
 * When there is no status to read.
 * @type {Reported}
 */
export const unreadable = {
  readable: false,
  online: false,
  sentence: 'no status: percept-lte does not run, or /run/percept-lte is not mounted into the module',
};

/**
 * What must be sent so that a twin that was told `before` says `after`: what differs, and null for
 * what is no longer there, which takes it off the twin. Undefined where nothing differs.
 * @param {Reported} before @param {Reported} after
 * @returns {Record<string, string | number | boolean | null> | undefined}
 */
export function patchOf(before, after) {
  const gone = Object.keys(before).filter((name) => !(name in after));
  const patch = {
    ...Object.fromEntries(Object.entries(after).filter(([name, value]) => before[name] !== value)),
    ...Object.fromEntries(gone.map((name) => [name, null])),
  };
  return Object.keys(patch).length === 0 ? undefined : patch;
}

/** @param {Record<string, string | number | boolean | undefined>} values @returns {Reported} */
function present(values) {
  /** @type {Reported} */
  const some = {};
  for (const [name, value] of Object.entries(values)) {
    if (value === undefined || value === '') continue;
    some[name] = typeof value === 'string' ? value.slice(0, MOST_CHARACTERS) : value;
  }
  return some;
}
