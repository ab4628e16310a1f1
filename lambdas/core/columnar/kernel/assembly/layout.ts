// Both AssemblyScript and TypeScript: what kernel and host agree on. Offsets and sizes are bytes.

/** A field's name as records spell it, with its quotes; names of 16 bytes and fewer stand in it whole. */
export const nameBytes = 64;
export const nameLength = 0;
/** A bit for each of the first 16 bytes. */
export const nameMask = 4;
/** The names that came after this one: tried before any other. An object node has them too: its first names. */
export const nameNext = 8;
export const nameOther = 12;
export const nameColumn = 16;
/** The object node that the name is of. */
export const nameNode = 20;
export const nameHash = 24;
/** Where the whole name lies. */
export const nameText = 28;
export const nameHead = 32;

/** An object node: the root, or a struct column. */
export const nodeBytes = 64;
/** How many of its columns may not be null; they follow, in `nodeRequired`, as offsets of columns. */
export const nodeRequiredCount = 16;
export const nodeRequired = 20;

/** A column, or a name without one. */
export const columnBytes = 64;
export const columnKind = 0;
/** Number of the object that last had a value for it. */
export const columnStamp = 4;
/** A byte for each row: 1 where it has a value. */
export const columnPresent = 8;
/** Values, or where texts and lists start. */
export const columnCells = 12;
/** Where texts and lists end. */
export const columnEnds = 16;
/** Of a struct its node, of a list the column of its items. */
export const columnInner = 20;
/** Digits behind the point that a number is kept with; of a list, whether items may be null. */
export const columnScale = 24;
/** Items of a list so far. */
export const columnItems = 28;
/** Most digits of a decimal that is too wide for least and greatest values. */
export const columnPrecision = 32;
/** Least and greatest value. */
export const columnLeast = 32;
export const columnGreatest = 40;
/** Of a list: how many items there is room for, and where the presence of all its items' slots is: so many columns, so far apart. */
export const columnCapacity = 48;
export const columnItemPresence = 52;
export const columnItemStride = 56;
export const columnItemSlots = 60;

/** What becomes of a value: kinds of columns. */
export const kindUnknown = 0;
export const kindRefused = 1;
export const kindString = 2;
export const kindDouble = 3;
export const kindFloat = 4;
/** 64 bits, of numbers and of texts that are numbers. */
export const kindLong = 5;
export const kindInteger = 6;
export const kindShort = 7;
export const kindByte = 8;
export const kindBoolean = 9;
export const kindTimestamp = 10;
export const kindLocalTime = 11;
export const kindDate = 12;
export const kindDecimal = 13;
export const kindStruct = 14;
export const kindList = 15;
export const kindBinary = 16;
export const kindWideDecimal = 17;
/** A text and nothing else. */
export const kindText = 18;
/** Whatever it is, it is not kept. */
export const kindSkipped = 19;
/** Several columns: so many offsets of columns, `columnItems`, in `columnInner`. */
export const kindTee = 20;
/** An object's fields, those that there are names for; nothing of another value. */
export const kindOpen = 21;
/** A number of whole units, each `columnScale` of what the column counts. */
export const kindUnits = 22;

/** Why a scan stops before a record: what the host has to bring before it is read again. */
export const haltForName = 1;
export const haltForPowers = 2;
export const haltForItems = 3;

/** Objects and lists inside one another, at most. */
export const maxDepth = 64;
export const longestName = 256;
/** Names of one raw object, and of all objects around a value, that are told apart here. */
export const mostRawNames = 256;
export const mostOpenNames = 4096;
