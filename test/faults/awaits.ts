// Rows that are known to fail, with what they wait for: npm test leaves them out, the campaign plays and counts them.

const unexplained = 'a refusal without a reason moves on to the next APN, then rests after one radio cycle';
const ipType = 'causes 32 and 33 on IPv4v6 are first taken for the IP type';
const operator = "an operator's refusal binds that operator alone";
const drop = 'the reason of a drop is heeded before another attempt is spent';
const attachApn = 'connect.attach-apn';
const radioSwitch = 'a radio that cannot be switched on is said to be so, and rests';

/** Row by name → reason. A row leaves this list as soon as it passes in each release. */
export const awaits: Readonly<Record<string, string>> = {
  'wrong APN first in the list, told by a status alone': unexplained,
  'wrong password, told by a status alone, put right after 15 s': unexplained,
  'wrong APN, told by a status alone, put right after 15 s': unexplained,
  'no SIM, says the modem to every connect for 15 s': unexplained,
  'IPv4v6 refused as not subscribed (cause 33), IPv4 is not': ipType,
  'IPv4v6 refused as not supported (cause 32), IPv4 is not': ipType,
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
  'SIM with a PIN whose tries are never told, which is configured':
    'a PIN never refused is sent once when no count is told',
  'modem without a USB path, chosen by the name that ModemManager shows (qcom-soc)': 'modem.match.device takes names',
};
