// What only a real kernel, udev and systemd show: the modem on its bus, ModemManager as a service,
// routing, the sandbox.
import { beforeEach, describe, expect, test } from 'vitest';
import type { Board } from '../board.ts';

export function hardwareCases(at: () => Board): void {
  describe('with the kernel', () => {
    beforeEach(() => at().restore());

    test("the interface is cdc_mbim's own, configured as the bearer says", async () => {
      expect(await at().guest.run('basename $(readlink /sys/class/net/wwan0/device/driver)')).toBe('cdc_mbim');
      const address = await at().guest.run('ip -4 address show dev wwan0');
      expect(address).toContain('inet 100.112.107.46/32');
      expect(address).toContain('mtu 1428');
      expect(await at().guest.run('ip route show default')).toMatch(/dev wwan0 .*metric 700/);
      expect(await at().guest.run('cat /etc/resolv.conf')).toContain('nameserver 198.224.166.135');
      expect(await at().guest.run('stat -c %a /etc/resolv.conf')).toBe('644');
      expect(await at().status()).toMatchObject({ phase: 'online', link: { interface: 'wwan0' } });
    });

    test('the modem pulled out and put in again is used again', async () => {
      const object = 'mmcli -L | grep -o "Modem/[0-9]*"';
      const before = await at().guest.run(object);
      await at().usb.unplug();
      await at().guest.eventually('wwan0 is gone', '! ip link show dev wwan0');
      await at().guest.eventually('the status says so', `! grep -q '"phase": "online"' /run/percept-lte/status.json`);
      await at().usb.plug();
      await at().online();
      await at().traffic();
      expect(await at().guest.run(object)).not.toBe(before);
    });

    test('a modem out of its box has serial ports: doctor says so, prepare changes it, and the board is online', async () => {
      const { guest, usb } = at();
      await usb.unbox();
      await guest.eventually('its port is there', 'ls /dev/ttyACM0', 60);
      const before = await guest.try('percept-lte doctor', 60);
      expect(before.output).toMatch(
        /^fail {2}modem +.*\(1bc7:0036\) .*neither MBIM nor QMI mode \(drivers: cdc_acm\)/m,
      );
      expect(before.output).toMatch(/→ percept-lte prepare --to mbim/);
      const prepared = await guest.run('percept-lte prepare --to mbim --yes', 200);
      expect(prepared).toMatch(/ttyACM0 answers AT: FIH7160, USB mode 0[\s\S]*back in MBIM mode/);
      expect(await guest.run('basename $(readlink /sys/class/net/wwan0/device/driver)')).toBe('cdc_mbim');
      await at().online(200);
      await at().traffic();
    });

    test('a dropped bearer is connected again', async () => {
      await at().modem.dropBearer();
      await at().guest.eventually(
        'the outage is over',
        `journalctl -b -u percept-lte -q | grep 'traffic passes again'`,
      );
      await at().online();
      await at().traffic();
    });

    test('ModemManager killed is restarted by systemd, and the link is kept meanwhile', async () => {
      const ping = await at().pingDuring(async () => {
        await at().guest.run('systemctl kill -s KILL ModemManager');
        await at().guest.eventually('ModemManager is back', 'systemctl is-active --quiet ModemManager');
      });
      expect(ping.lost).toEqual([]);
      await at().guest.eventually('ModemManager lists the modem', 'mmcli -L | grep FIH7160');
      await at().online();
      await at().traffic();
    });

    test('ModemManager that ends by itself is restarted too', async () => {
      await at().guest.run('kill -TERM $(systemctl show -p MainPID --value ModemManager)');
      await at().guest.eventually(
        'ModemManager is back',
        '[ "$(systemctl show -p NRestarts --value ModemManager)" = 1 ]',
      );
      await at().guest.eventually('ModemManager lists the modem', 'mmcli -L | grep FIH7160');
      await at().online();
      await at().traffic();
    });

    test('answers leave by the modem under strict reverse-path filtering, though another uplink is preferred', async () => {
      await at().guest.run('sysctl -qw net.ipv4.conf.all.rp_filter=1 net.ipv4.conf.wwan0.rp_filter=1');
      await at().guest.run(
        'ip link add eth9 type dummy && ip address add 203.0.113.2/24 dev eth9 && ip link set eth9 up',
      );
      await at().guest.run('ip route add default via 203.0.113.1 dev eth9 metric 100');
      await at().guest.run('ping -c 3 -W 5 -I 100.112.107.46 192.0.2.1');
    });

    test("its sandbox lets it switch the modem's port and write name servers, and nothing else of the kind", async () => {
      const inside = `nsenter -m -t $(systemctl show -p MainPID --value percept-lte)`;
      const writable = async (path: string) => (await at().guest.try(`${inside} test -w ${path}`)).code === 0;
      const paths = [
        '/sys/bus/usb/devices/1-1/authorized',
        '/etc/resolv.conf',
        '/etc',
        '/proc/sys/net/ipv6/conf/lo/accept_ra',
        '/run/percept-lte',
        '/var/lib/percept-lte',
      ];
      for (const path of paths) expect(await writable(path), path).toBe(true);
      for (const path of ['/usr', '/etc/systemd', '/etc/passwd', '/proc/sys/kernel', '/boot'])
        expect(await writable(path), path).toBe(false);
      const capabilities = await at().guest.run(
        'sed -n "s/^CapEff:\\t//p" /proc/$(systemctl show -p MainPID --value percept-lte)/status',
      );
      // Bits 10, 12 and 13: CAP_NET_BIND_SERVICE, CAP_NET_ADMIN and CAP_NET_RAW.
      expect(BigInt(`0x${capabilities}`)).toBe((1n << 10n) | (1n << 12n) | (1n << 13n));
    });

    test('anybody may read how it does', async () => {
      const asNobody = 'setpriv --reuid=65534 --regid=65534 --clear-groups';
      expect(await at().guest.run(`${asNobody} percept-lte why`)).toMatch(/online/i);
      expect((await at().guest.try(`${asNobody} cat /etc/percept-lte.yaml`)).code).not.toBe(0);
      expect((await at().guest.try(`${asNobody} ls /var/lib/percept-lte`)).code).not.toBe(0);
    });
  });
}
