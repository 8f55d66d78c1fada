# A workspace that is a folder on the daemon's machine: a home that survives a stop, and a marker of the running
# workspace that start makes and stop removes. Deleting the workspace removes both. Needs no plugin and no registry.

terraform {
  required_version = ">= 1.4.0"
}

variable "berth" {
  type = object({
    start_count = number
    workspace   = object({ id = string, name = string })
    owner       = object({ username = string, email = string })
    template    = object({ name = string, version = string })
  })
}

variable "root" {
  description = "Folder on the daemon's machine under which the workspaces stand; ~ is the daemon's home"
  type        = string
  default     = "~/berth-workspaces"

  validation {
    condition     = can(regex("^(~|/[^/])", var.root))
    error_message = "The root must be an absolute path, or begin with ~."
  }
}

variable "shell" {
  description = "Shell that the workspace opens"
  type        = string
  default     = "/bin/sh"
}

variable "history_lines" {
  description = "Lines of shell history to keep, 0 to 100000"
  type        = number
  default     = 1000

  validation {
    condition     = var.history_lines >= 0 && var.history_lines <= 100000
    error_message = "Keep between 0 and 100000 lines of history."
  }
}

variable "welcome" {
  description = "Put a welcome note into the home"
  type        = bool
  default     = true
}

variable "folders" {
  description = "Folders to make in the home"
  type        = list(string)
  default     = ["projects"]

  validation {
    condition     = alltrue([for folder in var.folders : can(regex("^[A-Za-z0-9_-]+$", folder))])
    error_message = "A folder's name has letters, digits, hyphens and underscores only."
  }
}

variable "environment" {
  description = "Environment variables of the workspace"
  type        = map(string)
  default     = {}
}

variable "git" {
  description = "Name and address for commits"
  type = object({
    name  = string
    email = optional(string)
  })
  default  = null
  nullable = true
}

variable "token" {
  description = "Access token, kept in the home in a file that only its owner reads"
  type        = string
  sensitive   = true
  default     = ""
}

locals {
  folder = "${pathexpand(var.root)}/${var.berth.owner.username}/${var.berth.workspace.name}"
  home   = "${local.folder}/home"
}

# The home: made once, removed with the workspace. Everything that a command needs comes to it by its environment, never
# as a part of its text.
resource "terraform_data" "home" {
  input = {
    folder = local.folder
    home   = local.home
  }

  provisioner "local-exec" {
    command     = "umask 077; mkdir -p \"$HOME_FOLDER\" && echo \"made $HOME_FOLDER\""
    environment = { HOME_FOLDER = self.output.home }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "rm -rf -- \"$FOLDER\" && echo \"removed $FOLDER\""
    environment = { FOLDER = self.output.folder }
  }
}

# What the parameters say, written into the home again whenever one of them changes.
resource "terraform_data" "settings" {
  triggers_replace = {
    home        = terraform_data.home.id
    folders     = var.folders
    environment = var.environment
    git         = var.git
    shell       = var.shell
    history     = var.history_lines
    welcome     = var.welcome
    token       = sha256(var.token)
  }

  provisioner "local-exec" {
    command = <<-EOT
      set -eu
      umask 077
      cd "$HOME_FOLDER"
      for folder in $FOLDERS; do mkdir -p "$folder"; done
      printf '%s\n' "$SETTINGS" > settings.json
      if [ "$WELCOME" = true ]; then printf '%s\n' "$NOTE" > WELCOME; else rm -f WELCOME; fi
      if [ -n "$TOKEN" ]; then printf '%s\n' "$TOKEN" > .token; else rm -f .token; fi
    EOT

    environment = {
      HOME_FOLDER = terraform_data.home.output.home
      FOLDERS     = join(" ", var.folders)
      WELCOME     = var.welcome
      NOTE        = "Welcome to ${var.berth.workspace.name}, ${var.berth.owner.username}. What stands in this folder survives a stop."
      TOKEN       = var.token
      SETTINGS = jsonencode({
        shell         = var.shell
        history_lines = var.history_lines
        environment   = var.environment
        git           = { name = try(var.git.name, var.berth.owner.username), email = try(coalesce(var.git.email), var.berth.owner.email) }
      })
    }
  }
}

# The running workspace: a marker beside the home, there from start to stop.
resource "terraform_data" "running" {
  count = var.berth.start_count

  input = { marker = "${local.folder}/running" }

  triggers_replace = terraform_data.settings.id

  provisioner "local-exec" {
    command = "umask 077; printf '%s\\n' \"$NOTE\" > \"$MARKER\""
    environment = {
      MARKER = self.output.marker
      NOTE   = "${var.berth.template.name} ${var.berth.template.version}"
    }
  }

  provisioner "local-exec" {
    when        = destroy
    command     = "rm -f -- \"$MARKER\""
    environment = { MARKER = self.output.marker }
  }
}

output "folder" {
  description = "Where the workspace stands on the daemon's machine"
  value       = local.folder
}

output "home" {
  description = "Its home, which survives a stop"
  value       = terraform_data.home.output.home
}

output "running" {
  description = "Whether it runs"
  value       = length(terraform_data.running) == 1
}

output "token" {
  description = "The access token"
  value       = var.token
  sensitive   = true
}
