// Gives zod/mini the words for what does not fit: it brings none. Imported for that alone, by those
// who pass its words on.
import * as z from 'zod/mini';
import english from 'zod/v4/locales/en.js';

z.config(english());
