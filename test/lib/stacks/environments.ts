import { settingsOf, synthesise } from '../../support/synthesised.ts';

export const prod = synthesise(settingsOf('prod'));
export const dev = synthesise(settingsOf('dev'));
export const local = synthesise(settingsOf('local'));
