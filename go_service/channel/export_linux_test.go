package channel

// CheckPeerUID is for the tests of who may answer.
var CheckPeerUID = checkPeerUID
