/** Where the host may begin to lay memory out: everything below belongs to the module. */
export function heapBase(): usize {
  return __heap_base;
}
