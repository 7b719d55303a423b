// The methods of ModemManager that the daemon calls, on the modem of modem-world.ts: they take
// their time, are overtaken, fail or hang.
import type { FailureClass } from '../../../../src/modem/errors/failure.ts';
import { bearer as bearerLiteral } from '../builders.ts';
import { FaultyModem, SIM_IN_USE } from './modem-world.ts';

/** What a call to ModemManager comes to. */
export type Answer = { readonly ok: true } | { readonly ok: false; readonly failure: FailureClass };
type Reply = (answer: Answer) => void;

const OK: Answer = { ok: true };
const failing = (failure: FailureClass): Answer => ({ ok: false, failure });

export class ModemWorld extends FaultyModem {
  /** A method call: gone, deadline, or `work` after a while. */
  #call(deadlineMs: number, reply: Reply, latencyMs: number, work: () => void): void {
    if (this.mm === 'down' || !this.plugged) this.time.after(10, () => reply(failing('gone')));
    else if (this.mm === 'hung') this.time.after(deadlineMs, () => reply(failing('timeout')));
    else if (this.wedged) this.time.after(30_000, () => reply(failing('timeout')));
    else {
      const generation = this.generation;
      this.time.after(latencyMs * (0.5 + this.chance()), () => {
        if (generation === this.generation && this.mm !== 'down' && this.plugged) work();
        else reply(failing('gone'));
      });
    }
  }

  /**
   * The answer comes some milliseconds after what it is about, before or after the signals that
   * tell of it.
   */
  #answer(reply: Reply, answer: Answer): void {
    this.time.after(this.chance() * 40, () => reply(answer));
  }

  sendPin(path: string, pin: string, reply: Reply): void {
    // A SIM that is exchanged is another object.
    if (path !== `/SIM/${this.generation}`) {
      this.#answer(reply, failing('gone'));
      return;
    }
    this.#call(10_000, reply, 500, () => {
      const { sim } = this;
      if (sim === undefined || sim.retries === 0) {
        this.#answer(reply, failing('puk'));
        return;
      }
      if (sim.pin === pin || sim.pin === undefined) {
        sim.retries = 3;
        sim.unlocked = true;
        this.later(300, () => this.set('disabled'));
        this.#answer(reply, OK);
        return;
      }
      const key = `${sim.iccid} ${pin}`;
      if (this.refusedPins.has(key)) this.violations.push('a refused PIN reached the SIM again');
      if (sim.retries < 2) this.violations.push('the last try was spent');
      this.refusedPins.add(key);
      sim.retries -= 1;
      this.changed();
      this.#answer(reply, failing(sim.retries === 0 ? 'puk' : this.chance() < 0.7 ? 'auth' : 'other'));
    });
  }

  enable(reply: Reply): void {
    this.#call(120_000, reply, 300, () => {
      if (this.state !== 'disabled') {
        this.#answer(reply, failing('busy'));
        return;
      }
      this.set('enabling');
      this.later(1_000, () => {
        this.set('enabled');
        this.#answer(reply, OK);
        this.later(200, () => {
          this.set('searching');
          if (this.coverage) this.search();
        });
      });
    });
  }

  connect(apn: string, reply: Reply): void {
    this.#call(200_000, reply, 50, () => {
      if (this.connectsInFlight > 0) {
        this.#answer(reply, failing('busy'));
        return;
      }
      if (this.state === 'connected') {
        this.#answer(reply, failing('busy'));
        return;
      }
      if (this.state !== 'registered') {
        this.later(60_000, () => this.#answer(reply, failing('timeout')));
        return;
      }
      this.connectsInFlight += 1;
      let open = true;
      const end = (answer: Answer) => {
        if (!open) return;
        open = false;
        this.connectsInFlight -= 1;
        this.cancelConnect = undefined;
        this.#answer(reply, answer);
      };
      this.cancelConnect = () => end(failing('gone'));
      this.set('connecting');
      this.later(this.carrier === 'silent' ? 60_000 : 800, () => {
        if (!open) return;
        if (this.carrier === 'accepts') {
          this.bearers += 1;
          this.zombie = false;
          this.bearer = bearerLiteral({
            path: `/Bearer/${this.bearers}`,
            properties: { apn, ipType: 'ipv4' },
            ip4Config: { method: 'static', address: `10.0.${this.bearers % 250}.2`, prefix: 30, dns: [] },
          });
          this.set('connected');
          end(OK);
        } else {
          this.set('registered');
          end(failing(this.carrier === 'silent' ? 'timeout' : this.carrier));
        }
      });
    });
  }

  disconnect(reply: Reply): void {
    this.#call(90_000, reply, 300, () => {
      this.cancelConnect?.();
      if (this.lying && this.state === 'connected') {
        this.set('disconnecting');
        this.later(60_000, () => {
          if (this.state === 'disconnecting') this.set('connected');
        });
        this.time.after(90_000, () => reply(failing('timeout')));
        return;
      }
      this.bearer = undefined;
      if (SIM_IN_USE.has(this.state) || this.state === 'disconnecting')
        this.set(this.coverage ? 'registered' : 'searching');
      this.#answer(reply, OK);
    });
  }

  cycleRadio(reply: Reply): void {
    this.#call(120_000, reply, 3_000, () => {
      this.lying = false;
      this.cancelConnect?.();
      if (SIM_IN_USE.has(this.state)) this.set('disabled');
      this.#answer(reply, OK);
    });
  }

  reset(reply: Reply): void {
    this.#call(90_000, reply, 1_000, () => this.#goAndComeBack(reply));
  }

  /** ModemManager takes the modem away and finds it again; the modem itself hears of nothing. */
  probeAnew(reply: Reply): void {
    this.#call(30_000, reply, 100, () => {
      this.appear();
      this.#answer(reply, OK);
    });
  }

  /** Needs nobody's help but the kernel's. */
  reauthorise(reply: Reply): void {
    if (!this.plugged) this.time.after(100, () => reply(failing('other')));
    else this.#goAndComeBack(reply);
  }

  #goAndComeBack(reply: Reply): void {
    this.lying = false;
    this.unplug();
    this.time.after(50, () => reply(OK));
    this.time.after(12_000, () => this.plug());
  }

  restartModemManager(reply: Reply): void {
    this.mmStops();
    this.time.after(2_000, () => this.mmStarts());
    this.time.after(500, () => reply(OK));
  }
}
