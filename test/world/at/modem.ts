// A modem's AT interpreter in software: its name, its USB mode, its restart, and what
// ModemManager asks of a serial modem. Bytes in, bytes out; whoever made it moves them.

/** What a family calls the commands that concern its USB mode. */
export interface AtDialect {
  readonly manufacturer: string;
  /** The answer to AT+CGMM. */
  readonly model: string;
  readonly show: string;
  readonly shown: (mode: string) => string;
  /** Its group is the mode. */
  readonly set: RegExp;
  /** Undefined where setting the mode restarts it. */
  readonly restart?: string;
  readonly modes: readonly string[];
}

export const dialects = {
  /** The vendor's guide's. */
  multitech: {
    manufacturer: 'Telit',
    model: 'FIH7160',
    show: 'AT#USBCFG?',
    shown: (mode: string) => `#USBCFG: ${mode}`,
    set: /^AT#USBCFG=(\d+)$/,
    restart: 'AT#REBOOT',
    modes: ['0', '1', '2', '3'],
  },
  le910cx: {
    manufacturer: 'Telit',
    model: 'LE910C1-EU',
    show: 'AT#USBCFG?',
    shown: (mode: string) => `#USBCFG: ${mode}`,
    set: /^AT#USBCFG=(\d+)$/,
    restart: 'AT#REBOOT',
    modes: ['0', '1', '2', '3', '4', '7'],
  },
  quectel: {
    manufacturer: 'Quectel',
    model: 'RM500Q-GL',
    show: 'AT+QCFG="usbnet"',
    shown: (mode: string) => `+QCFG: "usbnet",${mode}`,
    set: /^AT\+QCFG="usbnet",(\d)$/,
    restart: 'AT+CFUN=1,1',
    modes: ['0', '1', '2', '3'],
  },
  simcom: {
    manufacturer: 'SIMCOM INCORPORATED',
    model: 'SIMCOM_SIM7600E-H',
    show: 'AT+CUSBPIDSWITCH?',
    shown: (mode: string) => `+CUSBPIDSWITCH: ${mode}`,
    set: /^AT\+CUSBPIDSWITCH=(\d{4}),1,1$/,
    modes: ['9001', '9003', '9011'],
  },
  fibocom: {
    manufacturer: 'Fibocom Wireless Inc.',
    model: '"L850 LTE Module","L850-GL"',
    show: 'AT+GTUSBMODE?',
    shown: (mode: string) => `+GTUSBMODE: ${mode}`,
    set: /^AT\+GTUSBMODE=(\d+)$/,
    restart: 'AT+CFUN=15',
    modes: ['0', '7'],
  },
} as const satisfies Readonly<Record<string, AtDialect>>;

export interface AtModemOptions {
  readonly dialect: AtDialect;
  /** The mode that is stored at first. */
  readonly mode: string;
  /** It restarts, in the mode that is stored by then. */
  readonly onRestart: (mode: string) => void;
}

export class AtModem {
  readonly #options: AtModemOptions;
  #mode: string;
  #echo = true;
  #line = '';
  /** Whole commands as they came. */
  readonly heard: string[] = [];
  /** What it says to a command in place of the truth; undefined: nothing at all. */
  readonly lies = new Map<string, string | undefined>();

  constructor(options: AtModemOptions) {
    this.#options = options;
    this.#mode = options.mode;
  }

  get mode(): string {
    return this.#mode;
  }

  /** Takes bytes and returns what it sends back. */
  receive(text: string): string {
    let sent = '';
    for (const character of text) {
      if (character === '\n') continue;
      if (character !== '\r') this.#line += character;
      else {
        const command = this.#line;
        this.#line = '';
        if (command !== '') sent += `${this.#echo ? `${command}\r` : ''}${this.#answer(command)}`;
      }
    }
    return sent;
  }

  #answer(command: string): string {
    this.heard.push(command);
    if (this.lies.has(command)) return this.lies.get(command) ?? '';
    return this.#lines(command)
      .map((line) => `\r\n${line}\r\n`)
      .join('');
  }

  #lines(command: string): readonly string[] {
    const { dialect, onRestart } = this.#options;
    const upper = command.toUpperCase();
    const mode = dialect.set.exec(command)?.[1];
    if (mode !== undefined) {
      if (!dialect.modes.includes(mode)) return ['ERROR'];
      this.#mode = mode;
      if (dialect.restart === undefined) onRestart(mode);
      return ['OK'];
    }
    if (command === dialect.restart) {
      onRestart(this.#mode);
      return ['OK'];
    }
    if (command === dialect.show) return [dialect.shown(this.#mode), 'OK'];
    if (/^ATE[01]$/.test(upper)) this.#echo = upper === 'ATE1';
    if (/^AT(E[01]|Z|V1|&F|X4|&C1|H)*$/.test(upper) || upper === 'AT+CMEE=1') return ['OK'];
    if (upper === 'AT+GCAP') return ['+GCAP: +CGSM', 'OK'];
    if (upper === 'AT+CGMR' || upper === 'AT+GMR') return ['20.00.525', 'OK'];
    if (upper === 'AT+CGSN' || upper === 'AT+GSN') return ['350000000000006', 'OK'];
    if (upper === 'AT+CSCS=?') return ['+CSCS: ("GSM","IRA","UCS2")', 'OK'];
    if (upper === 'AT+CPIN?') return ['+CPIN: READY', 'OK'];
    if (upper === 'AT+CFUN?') return ['+CFUN: 1', 'OK'];
    if (upper === 'AT+CGMI' || upper === 'AT+GMI') return [dialect.manufacturer, 'OK'];
    if (upper === 'AT+CGMM' || upper === 'AT+GMM') return [dialect.model, 'OK'];
    return ['ERROR'];
  }
}
