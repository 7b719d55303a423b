// Builds the guest's image ahead of the tests, which otherwise do it themselves: npx tsx test/vm/prepare.ts
import { guestImage } from './image.ts';

console.log((await guestImage()).disk);
