export { insertBytes, insertFixed } from './bloom-filter';
export { countUnits, cutTexts, readTimes, writeInstants } from './derive';
export { beginDictionary, dictionaryOf32, dictionaryOf64, growDictionary } from './dictionary';
export { usePowersOfFive } from './double';
export { extremesOfBytes, extremesOfDecimals, extremesOfFloats, extremesOfIntegers } from './extremes';
export { haltReason } from './halt';
export { packHybrid } from './hybrid';
export {
  countLevels,
  enterLists,
  enterOptional,
  enterRows,
  entriesInLists,
  entryAfterRows,
  placesOfEntries,
} from './levels';
export { heapBase } from './memory';
export { addName, strangeNameLength, strangeNameNode, strangeNameStart } from './names';
export {
  copyBits,
  countBits,
  fillSlices,
  gatherBits,
  gatherDecimals,
  gatherFixed,
  gatherLow,
  placesOf,
  readAhead,
} from './places';
export { bytesIn, writePlainBytes } from './plain-bytes';
export { leftEnd, scanRecords, useTables } from './record';
export { packBits, pickFixed, splitGroups } from './rows';
export { appendixEnd } from './value';
