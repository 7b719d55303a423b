// Which APN worked last with which subscription, so that it is tried first. Pure.
import type { Memory } from '../../state/memory.ts';

/** As many SIMs as a board meets. */
const KEPT = 8;

/** The SIM in use by the hash of its IMSI, or else of its ICCID; '' where it tells neither. */
const subscriptionOf = ({ imsi, sim }: Memory): string => imsi ?? sim ?? '';

/** The APN that traffic passed over last with the SIM in use; undefined for a new one. */
export function goodApnOf(memory: Memory): string | undefined {
  const subscription = subscriptionOf(memory);
  return memory.goodApns?.find((one) => one.subscription === subscription)?.apn;
}

/** The memory after traffic passed over `apn`; the same object where it knew. */
export function withGoodApn(memory: Memory, apn: string): Memory {
  const subscription = subscriptionOf(memory);
  const { goodApns = [] } = memory;
  const known = goodApns.find((one) => one.subscription === subscription);
  if (known?.apn === apn) return memory;
  const others = goodApns.filter((one) => one !== known);
  return { ...memory, goodApns: [...others, { subscription, apn }].slice(-KEPT) };
}
