// The edge: dictionaries from D-Bus (variants already taken out) become the objects of objects.ts.
// Nothing from the modem or the network is trusted: a single bad value is dropped and reported, a
// bad essential one refuses the whole object. Addresses are in ip-config.ts.
import * as z from 'zod/mini';
import { isInterfaceName } from '../../ip/interface-name.ts';
import { classifyName, failureOfCause } from '../errors/failure.ts';
import type { Bearer, Modem, ModemState, RegistrationState, Sim } from '../objects.ts';
import { parseIpConfig } from './ip-config.ts';
import { type Fields, fieldsOf, type Raw, type Report } from './raw.ts';
import { cleanText, isDevice, isObjectPath } from './text.ts';
import {
  accessTechnologies,
  bearerIpType,
  INTERFACES,
  modemLock,
  modemState,
  modemStateFailedReason,
  packetServiceState,
  portType,
  powerState,
  registrationState,
  UNLOCK_RETRIES_UNKNOWN,
} from './vocabulary.ts';

const whole = z.int();
const text = (most?: number) =>
  z.pipe(
    z.string(),
    z.transform((value) => cleanText(value, most)),
  );
const shortText = text();
/** An APN has at most 100 characters (3GPP TS 23.003, clause 9.1). */
const longText = text(128);
const objectPath = z.string().check(z.refine(isObjectPath, 'no path of a ModemManager object'));
// All schemas are made once: making one takes as long as some hundred checks, and signals come in
// bursts while a connection is made.
const objectPathOrNone = z.union([z.literal('/'), objectPath]);
const flag = z.boolean();
const device = z
  .string()
  .check(z.refine((value) => value === '' || isDevice(value), 'neither a folder below /sys nor a plain name'));
const digits = (min: number, max: number) =>
  z.string().check(z.regex(new RegExp(`^([0-9]{${min},${max}})?$`), `not ${min} to ${max} digits`));
/** Far more than any modem has; a longer list is nonsense and would cost a read for each. */
const MOST_BEARERS = 64;
const bearerList = z.array(z.unknown()).check(z.maxLength(MOST_BEARERS));
/** Country and network code (ITU-T E.212). */
const operatorId = digits(5, 6);
const imsi = digits(5, 15);
/**
 * Some ICCIDs carry filler nibbles, read as hexadecimal digits (ITU-T E.118; 3GPP TS 11.11, clause
 * 10.1.1).
 */
const iccid = z.string().check(z.regex(/^[0-9A-Fa-f]{0,22}$/, 'no ICCID'));

const portList = z.pipe(
  z.array(z.tuple([z.string(), whole])),
  z.transform((ports) => ports.map(([name, type]) => ({ name: cleanText(name), type: portType(type) }))),
);
const signalQuality = z.pipe(
  z.tuple([z.int().check(z.gte(0), z.lte(100)), z.unknown()]),
  z.transform(([percent]) => percent),
);
const unlockRetries = z.pipe(
  z.record(z.string(), whole),
  z.transform((counts) => {
    const known = Object.entries(counts).filter(([, count]) => count >= 0 && count !== UNLOCK_RETRIES_UNKNOWN);
    return Object.fromEntries(known.map(([lock, count]) => [modemLock(Number(lock)), count]));
  }),
);
const rejection = z.pipe(
  z.object({ error: z.optional(whole), 'operator-id': z.optional(z.string()), 'access-technology': z.optional(whole) }),
  z.transform((fields) => {
    if (fields.error === undefined || fields.error === 0) return undefined;
    const by = fields['operator-id'] === undefined ? '' : ` by ${cleanText(fields['operator-id'], 6)}`;
    const over = accessTechnologies(fields['access-technology'] ?? 0).join(', ');
    const text = `cause ${fields.error}${by}${over === '' ? '' : ` over ${over}`}`;
    return { text, failure: failureOfCause(fields.error, text) };
  }),
);

/** The APN of the settings; an empty dictionary says nothing. */
const attachSettings = z.pipe(
  z.object({ apn: z.optional(z.string()) }),
  z.transform(({ apn }) => apn && cleanText(apn, 128)),
);

/** The paths that a modem refers to; '/' is D-Bus for "none". */
export interface ModemReferences {
  readonly bearers: readonly string[];
  readonly sim?: string;
}

/** Reads which bearers and SIM a modem has. */
export function parseReferences(path: string, modem: Raw, report: Report): ModemReferences {
  const fields = fieldsOf(path, INTERFACES.modem, modem, report);
  const sim = fields.maybe('Sim', objectPathOrNone);
  const bearers = fields.get('Bearers', bearerList, []);
  const legal = bearers.filter((entry): entry is string => {
    const fine = objectPath.safeParse(entry).success;
    if (!fine) report(path, INTERFACES.modem, 'Bearers', 'an entry is no path of a ModemManager object');
    return fine;
  });
  return { bearers: [...new Set(legal)], ...(sim !== undefined && sim !== '/' && { sim }) };
}

/** What belongs to one modem. `modem3gpp` is undefined while the modem is failed or locked. */
export interface ModemParts {
  readonly modem: Raw;
  readonly modem3gpp?: Raw | undefined;
  readonly sim?: Sim | undefined;
  readonly bearers: readonly Bearer[];
}

/**
 * @throws DBusShapeError when `State` is missing or no number: without it nothing can be decided.
 */
export function parseModem(path: string, parts: ModemParts, report: Report): Modem {
  const fields = fieldsOf(path, INTERFACES.modem, parts.modem, report);
  const network = parts.modem3gpp && fieldsOf(path, INTERFACES.modem3gpp, parts.modem3gpp, report);
  const seen = parseNetwork(network);
  return Object.freeze({
    path,
    state: stateThatConnects(modemState(fields.need('State', whole)), seen.registrationState),
    stateFailedReason: modemStateFailedReason(fields.get('StateFailedReason', whole, 0)),
    powerState: powerState(fields.get('PowerState', whole, 0)),
    unlockRequired: modemLock(fields.get('UnlockRequired', whole, 0)),
    unlockRetries: fields.get('UnlockRetries', unlockRetries, {}),
    ...parseIdentity(fields),
    accessTechnologies: accessTechnologies(fields.get('AccessTechnologies', whole, 0)),
    signalPercent: fields.get('SignalQuality', signalQuality, 0),
    ...seen,
    ...(parts.sim && { sim: parts.sim }),
    bearers: parts.bearers,
  });
}

/**
 * From 1.24 on ModemManager calls a modem registered that may make emergency calls alone: it has to
 * go on searching.
 */
function stateThatConnects(state: ModemState, registration: RegistrationState): ModemState {
  return state === 'registered' && registration === 'emergency-only' ? 'searching' : state;
}

function parseIdentity(fields: Fields) {
  return {
    manufacturer: fields.get('Manufacturer', shortText, ''),
    model: fields.get('Model', shortText, ''),
    revision: fields.get('Revision', longText, ''),
    plugin: fields.get('Plugin', shortText, ''),
    primaryPort: fields.get('PrimaryPort', shortText, ''),
    device: fields.get('Device', device, ''),
    deviceIdentifier: fields.get('DeviceIdentifier', longText, ''),
    equipmentIdentifier: fields.get('EquipmentIdentifier', shortText, ''),
    ports: fields.get('Ports', portList, []),
  };
}

function parseNetwork(fields: Fields | undefined) {
  const initialEpsBearer = fields?.maybe('InitialEpsBearer', objectPathOrNone);
  const networkRejection = fields?.maybe('NetworkRejection', rejection);
  const packetService = fields?.maybe('PacketServiceState', whole);
  const initialEpsBearerApn = fields?.maybe('InitialEpsBearerSettings', attachSettings);
  return {
    registrationState: registrationState(fields?.get('RegistrationState', whole, 4) ?? 4),
    operatorCode: fields?.get('OperatorCode', operatorId, '') ?? '',
    operatorName: fields?.get('OperatorName', shortText, '') ?? '',
    ...(packetService !== undefined && { packetServiceState: packetServiceState(packetService) }),
    ...(networkRejection !== undefined && { networkRejection }),
    ...(initialEpsBearerApn !== undefined && { initialEpsBearerApn }),
    ...(initialEpsBearer !== undefined && initialEpsBearer !== '/' && { initialEpsBearer }),
  };
}

const interfaceName = z
  .string()
  .check(z.refine((name) => name === '' || isInterfaceName(name), 'no legal interface name'));
/** D-Bus names have at most 255 bytes. */
const connectionError = z.tuple([text(255), longText]);

/** @throws DBusShapeError when `Connected` is missing or no boolean. */
export function parseBearer(path: string, raw: Raw, report: Report): Bearer {
  const fields = fieldsOf(path, INTERFACES.bearer, raw, report);
  const name = fields.get('Interface', interfaceName, '');
  const [errorName, message] = fields.get('ConnectionError', connectionError, ['', '']);
  return Object.freeze({
    path,
    connected: fields.need('Connected', flag),
    suspended: fields.get('Suspended', flag, false),
    ...(name !== '' && { interface: name }),
    ip4Config: parseIpConfig(path, 'Ip4Config', 4, fields.dictionary('Ip4Config'), report),
    ip6Config: parseIpConfig(path, 'Ip6Config', 6, fields.dictionary('Ip6Config'), report),
    properties: parseBearerProperties(path, fields.dictionary('Properties'), report),
    ...(errorName !== '' && { connectionError: classifyName(errorName, message) }),
  });
}

/**
 * The password that ModemManager also gives is left where it is. By which methods a session proved
 * who it is, and whether it may roam, makes it no other session.
 */
function parseBearerProperties(path: string, raw: Raw, report: Report): Bearer['properties'] {
  const fields = fieldsOf(path, `${INTERFACES.bearer}.Properties`, raw, report);
  const apn = fields.maybe('apn', longText);
  const ipType = bearerIpType(fields.maybe('ip-type', whole) ?? -1);
  const user = fields.maybe('user', longText);
  return {
    ...(apn !== undefined && { apn }),
    ...(ipType !== undefined && { ipType }),
    ...(user !== undefined && { user }),
  };
}

/** Nothing of a SIM is essential: a locked one tells almost nothing. */
export function parseSim(path: string, raw: Raw, report: Report): Sim {
  const fields = fieldsOf(path, INTERFACES.sim, raw, report);
  return Object.freeze({
    path,
    identifier: fields.get('SimIdentifier', iccid, ''),
    imsi: fields.get('Imsi', imsi, ''),
    operatorIdentifier: fields.get('OperatorIdentifier', operatorId, ''),
    operatorName: fields.get('OperatorName', shortText, ''),
  });
}
