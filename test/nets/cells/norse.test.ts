import test from 'ava'
import { sameAs } from './python-spikes.ts'

/**
 * Recurrent units of norse's lif_box_feed_forward_step in doubles: v ← v + dt/τ (u - v), a spike where v > 1; the reset to 0 in the
 * same step, not detached, so that the membrane it keeps is that after the reset, and ours is that before. SuperSpike: 1/(1 + |v - 1|)².
 */
const script = `
import sys, json, torch
from norse.torch.functional.lif_box import lif_box_feed_forward_step, LIFBoxFeedForwardState, LIFBoxParameters
a = json.loads(sys.argv[1])
t = lambda x: torch.tensor(x, dtype=torch.float64)
W_in, W_rec = t(a['W_in']).requires_grad_(), t(a['W_rec']).requires_grad_()
W_out, x, y = t(a['W_out']), t(a['x']), t(a['y'])
p = LIFBoxParameters(tau_mem_inv=t(a['rate'] * 1000), v_leak=t(0.0), v_th=t(1.0), v_reset=t(0.0), method='super')
state = LIFBoxFeedForwardState(v=torch.zeros(W_rec.shape[0], dtype=torch.float64))
spk, loss, mems, spks = torch.zeros_like(state.v), 0, [], []
for i in range(len(x)):
    u = W_in @ x[i] + W_rec @ spk
    mems.append((state.v + a['rate'] * (u - state.v)).tolist())
    spk, state = lif_box_feed_forward_step(u, state, p, dt=0.001)
    spks.append(spk.tolist())
    loss = loss + 0.5 * ((W_out @ spk - y[i]) ** 2).sum()
loss.backward()
print(json.dumps({'mem': mems, 'spk': spks, 'W_in': W_in.grad.tolist(), 'W_rec': W_rec.grad.tolist()}))`

test('membranes, spikes and gradients of lif are those of norse to 1e-12: SuperSpike, reset to 0 through which derivatives flow', t => {
  sameAs(
    t,
    { name: 'norse', script, given: { rate: 0.125 }, scale: 6 },
    { decay: 0.875, scaled: true, reset: 'zero', surrogate: 'fast-sigmoid', width: 1 },
  )
})
