/** Two processes with one key: a machine was cloned, or a directory copied and started elsewhere. */
import { cpSync } from 'node:fs';
import path from 'node:path';
import type { DiskAttack, Inside } from '../../attack.ts';
import { Patient } from '../../lab/patient.ts';

/** Starts a copy of the victim's directory on another port, while the victim runs as well. */
async function clone(inside: Inside): Promise<Patient> {
  const { cluster, victim, did } = inside;
  const patient = new Patient(inside);
  const copy = path.join(cluster.cwd, 'twin');
  await patient.kill();
  cpSync(cluster.dataDirectory(victim), copy, { recursive: true });
  await patient.start();
  await cluster.spawn('twin', copy, ['--listen', '127.0.0.1:0']).ready;
  did('two processes with one key');
  return patient;
}

const twin: DiskAttack = {
  name: 'twin',
  group: 'corruption',
  tries: 'starts a copy of a follower elsewhere, while the follower runs: both dial, both sign',
  holds:
    'a link has one end, the newest; a voter with two minds is one Byzantine voter (L1, section 6)',
  by: 'disk',
  protocols: ['tangaroa', 'raft'],
  afterwards: 'byzantine',
  act: async (inside) => {
    const patient = await clone(inside);
    await patient.wait(1);
    await inside.cluster.end('SIGKILL', 'twin');
  },
};

const twinBoss: DiskAttack = {
  name: 'twin-boss',
  group: 'corruption',
  tries: 'starts a copy of a follower elsewhere, and restarts leaders until the two come to lead',
  holds:
    'two leaders with one key are a leader that equivocates: quorums share an honest voter (N2), evidence and suspicion depose it (V1, S1)',
  by: 'disk',
  protocols: ['tangaroa', 'raft'],
  afterwards: 'byzantine',
  act: async (inside) => {
    const { cluster } = inside;
    const patient = await clone(inside);
    for (let restarts = 0; restarts < cluster.nodes.length; restarts++) {
      const leader = await cluster.leader();
      if (leader === patient.id) break;
      await cluster.end('SIGTERM', leader);
      await cluster.start(leader);
      inside.did('a leader was restarted');
    }
    await patient.wait(1);
    await cluster.end('SIGKILL', 'twin');
  },
};

export const TWINS: readonly DiskAttack[] = [twin, twinBoss];
