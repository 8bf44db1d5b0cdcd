// Package load is the load driver: it calls kernels through the public client, closed loop or at a constant rate, and
// counts their times without allocating on the way. Main is a whole program, so that a project with kernels of its own
// builds its driver by registering them at the client and calling Main.
package load
