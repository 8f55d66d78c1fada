# The smallest whole template: nothing outside Terraform's own state is made, so it needs no plugin and no registry.

terraform {
  required_version = ">= 1.4.0"
}

# What Berth tells a template about the build. Name the attributes you use; the others are dropped.
variable "berth" {
  type = object({
    transition  = string
    start_count = number
    workspace   = object({ id = string, name = string })
    owner       = object({ username = string, email = string })
  })
}

variable "greeting" {
  description = "What the workspace says first"
  type        = string
  default     = "Hello"
}

variable "size" {
  description = "How many parts the workspace has, 1 to 20"
  type        = number
  default     = 2

  validation {
    condition     = var.size >= 1 && var.size <= 20 && floor(var.size) == var.size
    error_message = "The size must be a whole number from 1 to 20."
  }
}

variable "loud" {
  description = "Say it in capitals"
  type        = bool
  default     = false
}

variable "languages" {
  description = "Languages that the workspace speaks"
  type        = list(string)
  default     = ["en"]
}

variable "labels" {
  description = "Labels of the workspace"
  type        = map(string)
  default     = {}
}

variable "editor" {
  description = "The editor and its settings"
  type = object({
    name      = string
    tab_width = optional(number, 2)
  })
  default = { name = "vi" }
}

variable "password" {
  description = "A secret that never shows in a log"
  type        = string
  sensitive   = true
  default     = "correct-horse"
}

# Survives a stop: it is there on every transition but delete.
resource "terraform_data" "identity" {
  input = {
    workspace = var.berth.workspace.name
    owner     = var.berth.owner.username
    labels    = var.labels
  }
}

# Only while the workspace runs.
resource "terraform_data" "part" {
  count = var.berth.start_count == 1 ? var.size : 0

  input = {
    number    = count.index + 1
    languages = var.languages
    editor    = var.editor
    password  = sha256(var.password)
  }
}

output "greeting" {
  description = "The first words of the workspace"
  value       = var.loud ? upper("${var.greeting}, ${var.berth.owner.username}") : "${var.greeting}, ${var.berth.owner.username}"
}

output "parts" {
  description = "How many parts run"
  value       = length(terraform_data.part)
}

output "password" {
  description = "The secret, for those who may see it"
  value       = var.password
  sensitive   = true
}
