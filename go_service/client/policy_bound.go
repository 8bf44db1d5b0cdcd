package client

import "math"

// falseAlarm bounds the probability that one decision takes a kernel back although its true rate is just at the bound;
// under the bound it is far less. Ten decisions a window of 10 s make 3,600 an hour, so 0.4 % in an hour at the bound.
const falseAlarm = 1e-6

// slowShare is what a 99th percentile allows to take longer.
const slowShare = 0.01

// exceeds says that count of calls is over a bound by more than chance explains: for a true rate p at the bound the
// probability of such a share q or a greater one is at most exp(-n·KL(q‖p)), KL the relative entropy of two coins.
// W. Hoeffding, Probability Inequalities for Sums of Bounded Random Variables, 1963, theorem 1.
func exceeds(count, calls uint64, bound float64) bool {
	rate := float64(count) / float64(calls)
	return rate > bound && float64(calls)*relativeEntropy(rate, bound) >= -math.Log(falseAlarm)
}

// relativeEntropy of a coin q to a coin p, in nats; p lies strictly between 0 and 1.
func relativeEntropy(q, p float64) float64 {
	sum := 0.0
	if q > 0 {
		sum += q * math.Log(q/p)
	}
	if q < 1 {
		sum += (1 - q) * math.Log((1-q)/(1-p))
	}
	return sum
}
