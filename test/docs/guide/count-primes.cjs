const { parentPort, workerData } = require('node:worker_threads');

let primes = 0;
for (let number = 2; number < workerData.below; number++) {
  let divisor = 2;
  while (divisor * divisor <= number && number % divisor !== 0) divisor++;
  if (divisor * divisor > number) primes++;
}
parentPort.postMessage(primes);
