export { insertBytes, insertFixed } from './bloom-filter';
export { countUnits, cutTexts, readTimes, writeInstants } from './derive';
export { beginDictionary, dictionaryOf32, dictionaryOf64, growDictionary } from './dictionary';
export { usePowersOfFive } from './double';
export { extremesOfBytes, extremesOfDecimals, extremesOfFloats, extremesOfIntegers } from './extremes';
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
export {
  addName,
  appendixEnd,
  haltReason,
  leftEnd,
  scanRecords,
  strangeNameLength,
  strangeNameNode,
  strangeNameStart,
  useTables,
} from './record';
export { packBits, pickFixed, splitGroups } from './rows';
