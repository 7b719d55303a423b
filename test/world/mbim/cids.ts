// The name and the command numbers of MBIM's basic-connect service (clause 10.2), for all who
// encode or indicate them.

export const basicConnect = 'a289cc33-bcbb-8b4f-b6b0-133ec2aae6df';

export const Cid = {
  deviceCaps: 1,
  subscriberReady: 2,
  radioState: 3,
  pin: 4,
  pinList: 5,
  homeProvider: 6,
  visibleProviders: 8,
  registerState: 9,
  packetService: 10,
  signalState: 11,
  connect: 12,
  ipConfiguration: 15,
  deviceServices: 16,
  subscribeList: 19,
  packetStatistics: 20,
} as const;
