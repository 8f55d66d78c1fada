# What a workspace's template asks of three plugins, and nothing that needs a cluster.
terraform {
  required_providers {
    coder = {
      source = "coder/coder"
    }
    kubectl = {
      source = "gavinbunney/kubectl"
    }
    time = {
      source = "hashicorp/time"
    }
  }
}

variable "berth" {
  type = object({
    start_count = number
    workspace   = object({ id = string, name = string })
  })
}

provider "kubectl" {
  load_config_file = false
  host             = "https://127.0.0.1:1"
}

resource "coder_agent" "main" {
  os   = "linux"
  arch = "amd64"
}

resource "time_static" "made" {}

data "kubectl_file_documents" "pod" {
  content = <<-EOT
    apiVersion: v1
    kind: Pod
    metadata:
      name: ${var.berth.workspace.name}
    ---
    apiVersion: v1
    kind: Service
    metadata:
      name: ${var.berth.workspace.name}
  EOT
}

resource "terraform_data" "workspace" {
  count = var.berth.start_count
  input = {
    made      = time_static.made.rfc3339
    documents = length(data.kubectl_file_documents.pod.documents)
    agent     = coder_agent.main.id
  }
}
