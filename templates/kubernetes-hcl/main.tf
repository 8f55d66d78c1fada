# A workspace on Kubernetes in plain HCL: a claim, a service account and a service that survive a stop, and a deployment
# of one pod that is there from start to stop.

terraform {
  required_version = ">= 1.4.0"

  required_providers {
    kubernetes = {
      source  = "hashicorp/kubernetes"
      version = ">= 2.36.0, < 4.0.0"
    }
  }
}

# The cluster is the daemon's affair: KUBE_CONFIG_PATH in its environment, or the cluster that it runs in.
provider "kubernetes" {}

variable "berth" {
  type = object({
    start_count = number
    workspace   = object({ id = string, name = string })
    owner       = object({ username = string, email = string, name = string })
    build       = object({ number = number })
    # Where the workspace is placed. Null is what is left open.
    provider = object({
      namespace                   = string
      storage_class               = string
      service_account             = string
      service_account_annotations = map(string)
      pod_tolerations = list(object({
        key                = string
        operator           = string
        value              = string
        effect             = string
        toleration_seconds = number
      }))
      pod_node_selector = map(string)
      affinity          = string
    })
  })
}

variable "cpu" {
  description = "Processor cores, 1 to 16"
  type        = number
  default     = 2
  nullable    = false

  validation {
    condition     = var.cpu >= 1 && var.cpu <= 16
    error_message = "Choose a number from 1 to 16."
  }
}

variable "memory" {
  description = "Memory in GiB, 1 to 64"
  type        = number
  default     = 4
  nullable    = false

  validation {
    condition     = var.memory >= 1 && var.memory <= 64
    error_message = "Choose a number from 1 to 64."
  }
}

variable "disk" {
  description = "Disk in GiB, 1 to 1000; it can grow later, not shrink"
  type        = number
  default     = 20
  nullable    = false

  validation {
    condition     = var.disk >= 1 && var.disk <= 1000
    error_message = "Choose a number from 1 to 1000."
  }
}

variable "image" {
  description = "Image of the container; it needs a shell"
  type        = string
  default     = "debian:12"
  nullable    = false

  validation {
    condition     = can(regex("^[^\\s]+$", var.image))
    error_message = "Write an image as REGISTRY/NAME:TAG."
  }
}

# Where the workspace stands, as its first build settled it: a namespace or storage class that changes later, or a new
# name of the workspace, would have the disk made anew, empty.
resource "terraform_data" "placement" {
  input = {
    name = format(
      "berth-%s-%s",
      substr(lower(format("%s-%s", var.berth.owner.username, var.berth.workspace.name)), 0, 46),
      substr(var.berth.workspace.id, -10, 10),
    )
    namespace     = coalesce(var.berth.provider.namespace, "default")
    storage_class = var.berth.provider.storage_class
  }

  lifecycle {
    ignore_changes = [input]
  }
}

locals {
  place = terraform_data.placement.input
  pod   = { "berth.dev/workspace" = var.berth.workspace.id }
  labels = merge(local.pod, {
    "berth.dev/workspace-name"     = var.berth.workspace.name
    "berth.dev/owner"              = var.berth.owner.username
    "app.kubernetes.io/managed-by" = "berth"
  })
  annotations = { "berth.dev/owner-email" = var.berth.owner.email }

  disk_now = try(data.kubernetes_persistent_volume_claim_v1.now[0].spec[0].resources[0].requests["storage"], null)

  account     = var.berth.provider.service_account
  tolerations = var.berth.provider.pod_tolerations == null ? [] : var.berth.provider.pod_tolerations
  affinity    = try(jsondecode(var.berth.provider.affinity), {})
  # The block is made only of what there is; here of the kind that providers send unless they are told otherwise.
  near = try([for term in local.affinity.podAffinity.preferredDuringSchedulingIgnoredDuringExecution : term], [])
}

# The first build has no claim yet, and an import is no reason to ask the cluster.
data "kubernetes_persistent_volume_claim_v1" "now" {
  count = var.berth.build.number > 1 ? 1 : 0

  metadata {
    name      = local.place.name
    namespace = local.place.namespace
  }
}

resource "kubernetes_persistent_volume_claim_v1" "disk" {
  # It may be bound only once a pod wants it.
  wait_until_bound = false

  metadata {
    name        = local.place.name
    namespace   = local.place.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  spec {
    access_modes       = ["ReadWriteOnce"]
    storage_class_name = local.place.storage_class

    resources {
      requests = { storage = "${var.disk}Gi" }
    }
  }

  # Kubernetes lets no disk shrink, and so the plugin would make another one: what is on it would be lost.
  lifecycle {
    precondition {
      condition     = try(var.disk >= tonumber(trimsuffix(local.disk_now, "Gi")), true)
      error_message = "The disk has ${coalesce(local.disk_now, "none")} and cannot shrink to ${var.disk}Gi."
    }
  }
}

resource "kubernetes_service_account_v1" "account" {
  count = local.account == null ? 1 : 0

  metadata {
    name        = local.place.name
    namespace   = local.place.namespace
    labels      = local.labels
    annotations = merge(local.annotations, var.berth.provider.service_account_annotations)
  }
}

resource "kubernetes_service_v1" "service" {
  metadata {
    name        = local.place.name
    namespace   = local.place.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  spec {
    selector = local.pod

    port {
      name = "http"
      port = 8080
    }
  }
}

resource "kubernetes_deployment_v1" "workspace" {
  count      = var.berth.start_count
  depends_on = [kubernetes_persistent_volume_claim_v1.disk, kubernetes_service_account_v1.account]

  metadata {
    name        = local.place.name
    namespace   = local.place.namespace
    labels      = local.labels
    annotations = local.annotations
  }

  spec {
    replicas = 1

    # Two pods could not both have the disk.
    strategy {
      type = "Recreate"
    }

    selector {
      match_labels = local.pod
    }

    template {
      metadata {
        labels      = local.labels
        annotations = local.annotations
      }

      spec {
        service_account_name = coalesce(local.account, local.place.name)
        node_selector        = var.berth.provider.pod_node_selector
        enable_service_links = false

        dynamic "toleration" {
          for_each = local.tolerations
          content {
            key                = toleration.value.key
            operator           = toleration.value.operator
            value              = toleration.value.value
            effect             = toleration.value.effect
            toleration_seconds = toleration.value.toleration_seconds
          }
        }

        dynamic "affinity" {
          for_each = length(local.near) > 0 ? [local.near] : []
          content {
            pod_affinity {
              dynamic "preferred_during_scheduling_ignored_during_execution" {
                for_each = affinity.value
                iterator = near
                content {
                  weight = near.value.weight
                  pod_affinity_term {
                    topology_key = near.value.podAffinityTerm.topologyKey
                    label_selector {
                      match_labels = try(near.value.podAffinityTerm.labelSelector.matchLabels, null)
                      dynamic "match_expressions" {
                        for_each = try([for e in near.value.podAffinityTerm.labelSelector.matchExpressions : e], [])
                        content {
                          key      = match_expressions.value.key
                          operator = match_expressions.value.operator
                          values   = try(match_expressions.value.values, null)
                        }
                      }
                    }
                  }
                }
              }
            }
          }
        }

        container {
          name    = "workspace"
          image   = var.image
          command = ["sh", "-c", "mkdir -p \"$HOME/projects\"; trap 'exit 0' TERM; while :; do sleep 3600 & wait $!; done"]

          env {
            name  = "HOME"
            value = "/home/workspace"
          }

          env {
            name  = "WORKSPACE_OWNER"
            value = var.berth.owner.username
          }

          port {
            name           = "http"
            container_port = 8080
          }

          resources {
            # A workspace is idle most of the time: of its cores it is sure of a quarter.
            requests = { cpu = "${var.cpu * 250}m", memory = "${var.memory}Gi" }
            limits   = { cpu = var.cpu, memory = "${var.memory}Gi" }
          }

          volume_mount {
            name       = "disk"
            mount_path = "/home/workspace"
          }
        }

        volume {
          name = "disk"
          persistent_volume_claim {
            claim_name = local.place.name
          }
        }
      }
    }
  }
}

output "namespace" {
  description = "Where it stands in the cluster"
  value       = local.place.namespace
}

output "name" {
  description = "Name of its deployment, claim, service and account"
  value       = local.place.name
}
