import { type ErrorCode, errorCode } from './error-code.ts';
import type { GroupOffsets } from './group-offsets.ts';

export type GroupState = 'Empty' | 'PreparingRebalance' | 'CompletingRebalance' | 'Stable';

/** A way of assigning that a member offers, with what it tells the leader. */
export interface GroupProtocol {
  name: string;
  metadata: Buffer;
}

export interface JoinRequest {
  /** Empty for a member's first request. */
  memberId: string;
  instanceId: string | null;
  clientId: string;
  clientHost: string;
  sessionTimeoutMs: number;
  rebalanceTimeoutMs: number;
  protocolType: string;
  protocols: GroupProtocol[];
}

export interface JoinAnswer {
  error: ErrorCode;
  generation: number;
  protocol: string;
  leader: string;
  memberId: string;
  /** All members for the leader, none for the others. */
  members: { memberId: string; instanceId: string | null; metadata: Buffer }[];
}

export interface SyncAnswer {
  error: ErrorCode;
  assignment: Buffer;
}

export interface Member extends JoinRequest {
  assignment: Buffer;
  expiry: NodeJS.Timeout | undefined;
  joining: ((answer: JoinAnswer) => void) | undefined;
  syncing: ((answer: SyncAnswer) => void) | undefined;
}

const nothing = Buffer.alloc(0);
/** How long an empty group waits for more members before its first generation. */
const firstRebalanceMs = 50;

const refusedJoin = (error: ErrorCode, memberId: string): JoinAnswer => ({
  error,
  generation: -1,
  protocol: '',
  leader: '',
  memberId,
  members: [],
});

/**
 * A consumer group by the classic protocol: members join, one of them leads and assigns, all sync, heartbeats keep them.
 * A change of members starts a new generation. Membership lives in memory; offsets and the generation last.
 */
export class Group {
  readonly offsets: GroupOffsets;
  state: GroupState = 'Empty';
  protocol = '';
  readonly members = new Map<string, Member>();
  #leader = '';
  #rebalanceEnd: NodeJS.Timeout | undefined;
  #firstRebalanceUntil = 0;

  constructor(offsets: GroupOffsets) {
    this.offsets = offsets;
  }

  get generation(): number {
    return this.offsets.generation;
  }

  join(request: JoinRequest, newMemberId: () => string): Promise<JoinAnswer> {
    if (request.instanceId !== null) this.#replaceInstance(request.instanceId, request.memberId);
    const known = this.members.get(request.memberId);
    const fits = [...this.members.values()]
      .filter((member) => member !== known)
      .every(
        (member) =>
          member.protocolType === request.protocolType &&
          member.protocols.some(({ name }) => request.protocols.some((offered) => offered.name === name)),
      );
    if (!fits || request.protocols.length === 0) {
      return Promise.resolve(refusedJoin(errorCode.inconsistentGroupProtocol, request.memberId));
    }
    const memberId = request.memberId === '' ? newMemberId() : request.memberId;
    if (known !== undefined && this.#answersAtOnce(known, request)) {
      this.touch(known);
      return Promise.resolve(this.#joined(known));
    }
    const member: Member = {
      ...request,
      memberId,
      assignment: nothing,
      expiry: known?.expiry,
      joining: undefined,
      syncing: undefined,
    };
    known?.joining?.(refusedJoin(errorCode.rebalanceInProgress, memberId));
    known?.syncing?.({ error: errorCode.rebalanceInProgress, assignment: nothing });
    clearTimeout(member.expiry);
    this.members.set(memberId, member);
    return new Promise((resolve) => {
      member.joining = resolve;
      this.#prepareRebalance();
    });
  }

  /** Waits for the leader's assignments; the leader brings them. */
  sync(memberId: string, generation: number, assignments: ReadonlyMap<string, Buffer>): Promise<SyncAnswer> {
    const error = this.check(memberId, generation);
    if (error !== errorCode.none) return Promise.resolve({ error, assignment: nothing });
    const member = this.members.get(memberId)!;
    if (this.state === 'CompletingRebalance' && memberId === this.#leader) {
      this.state = 'Stable';
      for (const other of this.members.values()) {
        other.assignment = Buffer.from(assignments.get(other.memberId) ?? nothing);
        other.syncing?.({ error: errorCode.none, assignment: other.assignment });
        other.syncing = undefined;
      }
    }
    if (this.state === 'Stable') return Promise.resolve({ error: errorCode.none, assignment: member.assignment });
    return new Promise((resolve) => {
      member.syncing = resolve;
    });
  }

  /** A member's sign of life: whether it still belongs, to this generation, with no rebalance under way. */
  check(memberId: string, generation: number): ErrorCode {
    const member = this.members.get(memberId);
    if (member === undefined) return errorCode.unknownMemberId;
    if (generation !== this.generation) return errorCode.illegalGeneration;
    this.touch(member);
    return this.state === 'PreparingRebalance' ? errorCode.rebalanceInProgress : errorCode.none;
  }

  /** Whether a commit may be taken: from a member of this generation, or from outside while nobody is a member. */
  checkCommit(memberId: string, generation: number): ErrorCode {
    if (generation < 0 && memberId === '') {
      return this.members.size === 0 ? errorCode.none : errorCode.unknownMemberId;
    }
    const error = this.check(memberId, generation);
    return error === errorCode.rebalanceInProgress ? errorCode.none : error;
  }

  leave(memberId: string, instanceId: string | null): ErrorCode {
    const member = [...this.members.values()].find(
      (candidate) =>
        candidate.memberId === memberId ||
        (memberId === '' && instanceId !== null && candidate.instanceId === instanceId),
    );
    if (member === undefined) return errorCode.unknownMemberId;
    this.#remove(member);
    return errorCode.none;
  }

  touch(member: Member): void {
    clearTimeout(member.expiry);
    member.expiry = setTimeout(() => this.#remove(member), member.sessionTimeoutMs).unref();
  }

  close(): void {
    clearTimeout(this.#rebalanceEnd);
    for (const member of this.members.values()) clearTimeout(member.expiry);
  }

  #answersAtOnce(known: Member, request: JoinRequest): boolean {
    const sameProtocols =
      known.protocols.length === request.protocols.length &&
      known.protocols.every(
        ({ name, metadata }, i) =>
          request.protocols[i]!.name === name && request.protocols[i]!.metadata.equals(metadata),
      );
    if (!sameProtocols) return false;
    return this.state === 'CompletingRebalance' || (this.state === 'Stable' && known.memberId !== this.#leader);
  }

  #replaceInstance(instanceId: string, memberId: string): void {
    for (const member of this.members.values()) {
      if (member.instanceId === instanceId && member.memberId !== memberId) this.#remove(member);
    }
  }

  #remove(member: Member): void {
    clearTimeout(member.expiry);
    if (!this.members.delete(member.memberId)) return;
    member.joining?.(refusedJoin(errorCode.unknownMemberId, member.memberId));
    member.syncing?.({ error: errorCode.unknownMemberId, assignment: nothing });
    this.#prepareRebalance();
  }

  #prepareRebalance(): void {
    if (this.state !== 'PreparingRebalance') {
      if (this.state === 'Empty') this.#firstRebalanceUntil = Date.now() + firstRebalanceMs;
      this.state = 'PreparingRebalance';
      for (const member of this.members.values()) {
        member.syncing?.({ error: errorCode.rebalanceInProgress, assignment: nothing });
        member.syncing = undefined;
      }
      const timeouts = [...this.members.values()].map((member) => member.rebalanceTimeoutMs);
      this.#scheduleEnd(Math.max(firstRebalanceMs, ...timeouts));
    }
    const missing = [...this.members.values()].some((member) => member.joining === undefined);
    if (!missing) this.#scheduleEnd(Math.max(0, this.#firstRebalanceUntil - Date.now()));
  }

  #scheduleEnd(waitMs: number): void {
    clearTimeout(this.#rebalanceEnd);
    this.#rebalanceEnd = setTimeout(() => this.#startGeneration(), waitMs).unref();
  }

  #startGeneration(): void {
    if (this.state !== 'PreparingRebalance') return;
    for (const member of [...this.members.values()]) {
      if (member.joining !== undefined) continue;
      clearTimeout(member.expiry);
      this.members.delete(member.memberId);
    }
    const members = [...this.members.values()];
    const [first] = members;
    this.offsets.startGeneration(this.generation + 1, first?.protocolType ?? this.offsets.protocolType);
    if (first === undefined) {
      this.state = 'Empty';
      this.protocol = '';
      this.#leader = '';
      return;
    }
    this.state = 'CompletingRebalance';
    if (!this.members.has(this.#leader)) this.#leader = first.memberId;
    this.protocol = this.#commonProtocol(members);
    for (const member of members) {
      const answer = member.joining!;
      member.joining = undefined;
      this.touch(member);
      answer(this.#joined(member));
    }
  }

  #commonProtocol(members: readonly Member[]): string {
    const common = members[0]!.protocols.find(({ name }) =>
      members.every((member) => member.protocols.some((offered) => offered.name === name)),
    );
    return common?.name ?? '';
  }

  #joined(member: Member): JoinAnswer {
    const metadataOf = ({ protocols }: Member): Buffer =>
      protocols.find(({ name }) => name === this.protocol)?.metadata ?? nothing;
    const members = member.memberId === this.#leader ? [...this.members.values()] : [];
    return {
      error: errorCode.none,
      generation: this.generation,
      protocol: this.protocol,
      leader: this.#leader,
      memberId: member.memberId,
      members: members.map((one) => ({
        memberId: one.memberId,
        instanceId: one.instanceId,
        metadata: metadataOf(one),
      })),
    };
  }
}
