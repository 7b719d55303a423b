// The service under systemd: it comes back from everything, and what a restart must not touch is
// not touched.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Board } from '../board.ts';

export function serviceCases(at: () => Board): void {
  describe('under systemd', () => {
    beforeEach(() => at().restore());

    test('is running, watched, and says in one line how it does', async () => {
      const shown = await at().show(
        'ActiveState',
        'SubState',
        'StatusText',
        'WatchdogUSec',
        'NRestarts',
        'UnitFileState',
        'Type',
      );
      expect(shown).toMatchObject({
        ActiveState: 'active',
        SubState: 'running',
        Type: 'notify',
        WatchdogUSec: '1min',
        NRestarts: '0',
        UnitFileState: 'enabled',
      });
      expect(shown.StatusText).toMatch(/online/i);
    });

    test('killed, it comes back, and the link never went away', async () => {
      const before = await at().mainPid();
      const ping = await at().pingDuring(async () => {
        await at().guest.run('systemctl kill -s KILL --kill-who=main percept-lte');
        await at().guest.eventually(
          'another process runs',
          `[ "$(systemctl show -p NRestarts --value percept-lte)" = 1 ]`,
        );
        await at().guest.eventually('it is in charge', 'systemctl is-active --quiet percept-lte');
        await at().online();
      });
      expect(await at().mainPid()).not.toBe(before);
      expect(ping).toMatchObject({ lost: [] });
      expect(ping.sent).toBeGreaterThan(10);
    });

    test('restarted, it loses no packet', async () => {
      const bearer = 'mmcli -m any | grep -o "Bearer/[0-9]*"';
      const before = await at().guest.run(bearer);
      const ping = await at().pingDuring(async () => {
        await at().guest.run('systemctl restart percept-lte');
        await at().online();
      });
      expect(ping).toMatchObject({ lost: [] });
      expect(await at().guest.run(bearer)).toBe(before);
    });

    test('reloaded with a change that the link does not notice, it loses no packet and is the same process', async () => {
      const before = await at().mainPid();
      const ping = await at().pingDuring(async () => {
        await at().guest.run("sed -i 's/#level: info/level: debug/' /etc/percept-lte.yaml");
        await at().guest.run('percept-lte check && systemctl reload percept-lte');
        await at().guest.eventually(
          'the reload is over',
          'systemctl show -p SubState --value percept-lte | grep -qx running',
        );
      });
      expect(ping).toMatchObject({ lost: [] });
      expect(await at().mainPid()).toBe(before);
    });

    test('hanging, it is killed by the watchdog and comes back', async () => {
      await at().guest.run('mkdir -p /run/systemd/system/percept-lte.service.d');
      await at().guest.run(
        'printf "[Service]\\nWatchdogSec=15\\n" > /run/systemd/system/percept-lte.service.d/watchdog.conf',
      );
      await at().guest.run('systemctl daemon-reload && systemctl restart percept-lte');
      const before = await at().mainPid();
      await at().guest.run(`kill -STOP ${before}`);
      await at().guest.eventually('systemd noticed', `[ "$(systemctl show -p NRestarts --value percept-lte)" = 1 ]`);
      await at().guest.eventually('it is in charge', 'systemctl is-active --quiet percept-lte');
      await at().online();
      expect(await at().guest.run('journalctl -b -u percept-lte')).toMatch(/Watchdog timeout/);
    });

    test('with a bad config and nothing proven it fails once, with 78 and the reason in the journal', async () => {
      // With what carried traffic before at hand, it would run on that.
      await at().guest.run('systemctl stop percept-lte; rm -f /var/lib/percept-lte/proven.json*');
      await at().guest.run('echo "colour: blue" >> /etc/percept-lte.yaml; systemctl start percept-lte; true');
      await at().guest.eventually('it failed', 'systemctl is-failed --quiet percept-lte');
      expect(await at().show('ExecMainStatus', 'NRestarts', 'ActiveState')).toEqual({
        ExecMainStatus: '78',
        NRestarts: '0',
        ActiveState: 'failed',
      });
      expect((await at().journal()).some(({ priority, message }) => priority <= 3 && message.includes('colour'))).toBe(
        true,
      );
      // A restart would come after RestartSec=2.
      await at().guest.run('sleep 5');
      expect(await at().show('NRestarts', 'ActiveState')).toEqual({ NRestarts: '0', ActiveState: 'failed' });
    });

    test('stopped, it takes down what it put up', async () => {
      await at().guest.run('systemctl stop percept-lte');
      expect(
        await at().guest.run(
          'ip -4 address show dev wwan0; ip route; ip rule | grep -v "lookup \\(local\\|main\\|default\\)"; true',
        ),
      ).toBe('');
      expect(await at().guest.run('mmcli -m any | sed -n "s/.*  state: //p"')).not.toMatch(/connected/);
      expect((await at().show('Result')).Result).toBe('success');
    });

    test('its journal lines carry their priorities, and no prefix is left in the text', async () => {
      await at().guest.run('systemctl reload percept-lte');
      await at().usb.unplug();
      await at().guest.eventually('the loss is noticed', `journalctl -b -u percept-lte -p warning -q | grep .`);
      const lines = await at().journal();
      expect(lines.filter(({ message }) => /^<\d>/.test(message))).toEqual([]);
      expect(new Set(lines.map(({ priority }) => priority))).toContain(6);
      expect(lines.some(({ priority }) => priority === 4)).toBe(true);
    });
  });
}
