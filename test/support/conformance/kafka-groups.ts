import type { Consumer } from 'kafkajs';
import { describe, expect } from 'vitest';
import { type Fact, type KafkaProbe, textBatch, until } from './kafka-probe.ts';

interface Reader {
  consumer: Consumer;
  /** Partitions the group gave it last. */
  assigned: number[];
  /** Texts read, in order. */
  texts: string[];
}

/** Consumer groups and committed offsets. */
export function groupFacts({ connected, freshName, newTopic }: KafkaProbe, fact: Fact): void {
  async function newReader(groupId: string, topic: string): Promise<Reader> {
    const consumer = connected().kafka.consumer({
      groupId,
      sessionTimeout: 6000,
      rebalanceTimeout: 6000,
      heartbeatInterval: 200,
      maxWaitTimeInMs: 100,
    });
    const reader: Reader = { consumer, assigned: [], texts: [] };
    consumer.on(consumer.events.GROUP_JOIN, ({ payload }) => {
      reader.assigned = payload.memberAssignment[topic] ?? [];
    });
    await consumer.connect();
    await consumer.subscribe({ topic, fromBeginning: true });
    await consumer.run({
      autoCommitThreshold: 1,
      eachMessage: async ({ message }) => {
        reader.texts.push(message.value!.toString());
      },
    });
    return reader;
  }

  const groupState = async (groupId: string): Promise<string> =>
    (await connected().admin.describeGroups([groupId])).groups[0]!.state;

  describe('groups', () => {
    fact('members share the partitions, and one that leaves hands its own over', async () => {
      const topic = await newTopic(4);
      const group = freshName();
      const first = await newReader(group, topic);
      await until('one member has all', () => first.assigned.length === 4);
      const second = await newReader(group, topic);
      await until('two members share', () => first.assigned.length === 2 && second.assigned.length === 2);
      expect([...first.assigned, ...second.assigned].sort()).toEqual([0, 1, 2, 3]);
      for (let partition = 0; partition < 4; partition++) {
        await connected().wire.produce(topic, partition, textBatch(`p${partition}`));
      }
      await until('all is read', () => first.texts.length + second.texts.length === 4);
      expect([...first.texts, ...second.texts].sort()).toEqual(['p0', 'p1', 'p2', 'p3']);
      await first.consumer.disconnect();
      await until('the other has all', () => second.assigned.length === 4);
      await second.consumer.disconnect();
    });

    fact('a member that comes back reads on from what was committed', async () => {
      const topic = await newTopic();
      const group = freshName();
      const { wire, admin } = connected();
      const first = await newReader(group, topic);
      await wire.produce(topic, 0, textBatch('a', 'b'));
      await until('two are read', () => first.texts.length === 2);
      await first.consumer.disconnect();
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: '2' }]);
      await wire.produce(topic, 0, textBatch('c'));
      const second = await newReader(group, topic);
      await until('the rest is read', () => second.texts.length === 1);
      expect(second.texts).toEqual(['c']);
      await second.consumer.disconnect();
    });

    fact('a member without a sign of life is put out when its session ends', async () => {
      const topic = await newTopic();
      const group = freshName();
      const { wire } = connected();
      const join = async (member: string) => {
        const answer = await wire.request(11, 1, (body) => {
          body.string(group).int32(1500).int32(1500).string(member).string('consumer');
          body.array(['range'], (name) => body.string(name).bytes(Buffer.alloc(0)));
        });
        const [error, generation] = [answer.int16(), answer.int32()];
        answer.string();
        answer.string();
        return { error, generation, member: answer.string() };
      };
      const joined = await join('');
      expect(joined.error).toBe(0);
      expect(await wire.heartbeat(group, joined.generation, joined.member)).toBeOneOf([0, 27]);
      expect(await wire.heartbeat(group, joined.generation + 1, joined.member)).toBe(22);
      expect(await wire.heartbeat(group, joined.generation, 'somebody-else')).toBe(25);
      expect(await wire.commit(group, joined.generation, 'somebody-else', topic, 1)).toBe(25);
      expect(await wire.commit(group, joined.generation + 1, joined.member, topic, 1)).toBe(22);
      await until('the group is empty', async () => (await groupState(group)) === 'Empty');
      expect(await wire.heartbeat(group, joined.generation, joined.member)).toBe(25);
    });

    fact('a member with an instance id that comes back takes its own place', async () => {
      const group = freshName();
      const { wire } = connected();
      const join = async () => {
        const answer = await wire.request(11, 5, (body) => {
          body.string(group).int32(6000).int32(6000).string('').string('instance').string('consumer');
          body.array(['range'], (name) => body.string(name).bytes(Buffer.alloc(0)));
        });
        answer.int32();
        const [error, generation] = [answer.int16(), answer.int32()];
        answer.string();
        answer.string();
        return { error, generation, member: answer.string() };
      };
      const first = await join();
      const second = await join();
      expect([first.error, second.error]).toEqual([0, 0]);
      expect(second.member).not.toBe(first.member);
      expect(await wire.heartbeat(group, second.generation, first.member)).toBe(25);
      expect(await wire.heartbeat(group, second.generation, second.member)).toBeOneOf([0, 27]);
      const { groups } = await connected().admin.describeGroups([group]);
      expect(groups[0]!.members.map(({ memberId }) => memberId)).toEqual([second.member]);
    });

    fact('offsets are committed from outside only while a group has no members', async () => {
      const topic = await newTopic();
      const group = freshName();
      const { admin, wire } = connected();
      expect(await wire.commit(group, -1, '', topic, 7)).toBe(0);
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: '7' }]);
      const reader = await newReader(group, topic);
      await until('a member', () => reader.assigned.length === 1);
      expect(await wire.commit(group, -1, '', topic, 8)).toBe(25);
      await reader.consumer.disconnect();
    });

    fact('groups are listed, described and, when empty, deleted with their offsets', async () => {
      const topic = await newTopic();
      const group = freshName();
      const { admin, wire } = connected();
      const reader = await newReader(group, topic);
      await wire.produce(topic, 0, textBatch('a'));
      await until('a member that has read', () => reader.texts.length === 1);
      await until('the group is stable', async () => (await groupState(group)) === 'Stable');
      const { groups } = await admin.describeGroups([group]);
      expect(groups[0]).toMatchObject({ groupId: group, protocolType: 'consumer', protocol: 'RoundRobinAssigner' });
      expect(groups[0]!.members.map(({ clientId }) => clientId)).toEqual(['conformance']);
      expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).toContain(group);
      await expect(admin.deleteGroups([group])).rejects.toMatchObject({ name: 'KafkaJSDeleteGroupsError' });
      await reader.consumer.disconnect();
      await admin.deleteGroups([group]);
      expect((await admin.listGroups()).groups.map(({ groupId }) => groupId)).not.toContain(group);
      const [offsets] = await admin.fetchOffsets({ groupId: group, topics: [topic] });
      expect(offsets!.partitions).toMatchObject([{ partition: 0, offset: '-1' }]);
    });
  });
}
