import test from 'ava'
import { sameAs } from './python-spikes.ts'

/** Recurrent units of snntorch.Leaky in doubles: its reset is detached, in the step after, its drive whole. */
const script = `
import sys, json, torch, snntorch
torch.Tensor.float = torch.Tensor.double  # its surrogates cast spikes to single precision
from snntorch import surrogate
a = json.loads(sys.argv[1])
t = lambda name: torch.tensor(a[name], dtype=torch.float64)
W_in, W_rec = t('W_in').requires_grad_(), t('W_rec').requires_grad_()
W_out, x, y = t('W_out'), t('x'), t('y')
kind = {'fast-sigmoid': surrogate.fast_sigmoid(slope=25), 'arctan': surrogate.atan(alpha=2.0)}[a['surrogate']]
cell = snntorch.Leaky(beta=torch.tensor(a['beta'], dtype=torch.float64), threshold=torch.tensor(a['threshold'], dtype=torch.float64), spike_grad=kind, reset_mechanism=a['reset'])
mem = torch.zeros(W_rec.shape[0], dtype=torch.float64)
spk, loss, mems, spks = torch.zeros_like(mem), 0, [], []
for i in range(len(x)):
    spk, mem = cell(W_in @ x[i] + W_rec @ spk, mem)
    spk = spk.double()
    mems.append(mem.tolist()); spks.append(spk.tolist())
    loss = loss + 0.5 * ((W_out @ spk - y[i]) ** 2).sum()
loss.backward()
print(json.dumps({'mem': mems, 'spk': spks, 'W_in': W_in.grad.tolist(), 'W_rec': W_rec.grad.tolist()}))`

for (const surrogate of ['fast-sigmoid', 'arctan'] as const)
  for (const reset of ['subtract', 'zero'] as const)
    test(`membranes, spikes and gradients of lif are those of snntorch.Leaky to 1e-12: ${surrogate}, reset ${reset}`, t => {
      const given = { beta: 0.9, threshold: 1, reset, surrogate }
      sameAs(t, { name: 'snntorch', script, given }, { decay: 0.9, detach: true, reset, surrogate })
    })
