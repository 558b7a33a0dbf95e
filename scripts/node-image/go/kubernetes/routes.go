package main

import (
	"context"
	"fmt"
	"net"
	"os"
	"path/filepath"
	"time"

	"github.com/vishvananda/netlink"
	v1 "k8s.io/api/core/v1"
	meta "k8s.io/apimachinery/pkg/apis/meta/v1"
	"k8s.io/client-go/kubernetes"
	"k8s.io/client-go/rest"
)

const (
	networkFile  = "/etc/cni/net.d/10-pods.conflist"
	betweenSyncs = 2 * time.Second
)

// keepPodRoutes gives this node's pods their network and this node a route to every other node's pods.
func keepPodRoutes() error {
	config, err := rest.InClusterConfig()
	if err != nil {
		return err
	}
	config.Timeout = 10 * time.Second
	client, err := kubernetes.NewForConfig(config)
	if err != nil {
		return err
	}
	for ; ; time.Sleep(betweenSyncs) {
		if err := syncOnce(client, os.Getenv("NODE_NAME")); err != nil {
			fmt.Fprintln(os.Stderr, err)
		}
	}
}

func syncOnce(client kubernetes.Interface, self string) error {
	nodes, err := client.CoreV1().Nodes().List(context.Background(), meta.ListOptions{ResourceVersion: "0"})
	if err != nil {
		return err
	}
	for _, node := range nodes.Items {
		if node.Spec.PodCIDR == "" {
			continue
		}
		if node.Name == self {
			err = writeNetwork(node.Spec.PodCIDR)
		} else {
			err = routeTo(&node)
		}
		if err != nil {
			return fmt.Errorf("node %s: %w", node.Name, err)
		}
	}
	return nil
}

func routeTo(node *v1.Node) error {
	_, pods, err := net.ParseCIDR(node.Spec.PodCIDR)
	if err != nil {
		return err
	}
	for _, address := range node.Status.Addresses {
		if address.Type == v1.NodeInternalIP {
			return netlink.RouteReplace(&netlink.Route{Dst: pods, Gw: net.ParseIP(address.Address)})
		}
	}
	return fmt.Errorf("it has no internal address yet")
}

// writeNetwork leaves a file that says the same already alone, since the runtime reads each new one at once.
func writeNetwork(podCIDR string) error {
	wanted := fmt.Sprintf(`{
  "cniVersion": "1.0.0",
  "name": "pods",
  "plugins": [
    {"type": "ptp", "mtu": 1500,
     "ipam": {"type": "host-local", "dataDir": "/run/cni-pods",
              "ranges": [[{"subnet": %q}]], "routes": [{"dst": "0.0.0.0/0"}]}},
    {"type": "portmap", "capabilities": {"portMappings": true}}
  ]
}
`, podCIDR)
	if found, err := os.ReadFile(networkFile); err == nil && string(found) == wanted {
		return nil
	}
	next := filepath.Join(filepath.Dir(networkFile), ".next")
	if err := os.WriteFile(next, []byte(wanted), 0o644); err != nil {
		return err
	}
	return os.Rename(next, networkFile)
}
