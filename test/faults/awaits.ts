// Rows that are known to fail, with what they wait for: npm test leaves them out, the campaign plays and counts them.

const operator = "an operator's refusal binds that operator alone";
const drop = 'the reason of a drop is heeded before another attempt is spent';
const attachApn = 'connect.attach-apn';
const radioSwitch = 'a radio that cannot be switched on is said to be so, and rests';

/** Row by name → reason. A row leaves this list as soon as it passes in each release. */
export const awaits: Readonly<Record<string, string>> = {
  'refused in one network (cause 11), then registered with another': operator,
  'refused in one network (cause 14), then registered with another': operator,
  'refused (cause 8), then the SIM takes another IMSI and the modem comes back': 'IMSI and ICCID are the subscription',
  'refused (cause 8), the manager restarted: it still says why': 'the reason of a hold is kept beside it',
  'bearer dropped with cause 27: the next APN of the list is the right one now': drop,
  'bearer dropped with cause 50: IPv4 alone from now on': drop,
  'registered only with the attach APN of the configuration': attachApn,
  'registered only with the APN, which is to be the attach APN too': attachApn,
  'attach APN that the modem has already: nothing is set': attachApn,
  'FCC lock, taken off after 20 s by somebody who enables the modem': radioSwitch,
  'radio off by a hardware switch for 20 s, enabled by somebody': radioSwitch,
  'modem without a USB path, chosen by the name that ModemManager shows (qcom-soc)': 'modem.match.device takes names',
};
