{{- define "tradewind.name" -}}
{{- default .Chart.Name .Values.nameOverride | trunc 63 | trimSuffix "-" }}
{{- end }}

{{- define "tradewind.fullname" -}}
{{- if .Values.fullnameOverride }}
{{- .Values.fullnameOverride | trunc 52 | trimSuffix "-" }}
{{- else if contains (include "tradewind.name" .) .Release.Name }}
{{- .Release.Name | trunc 52 | trimSuffix "-" }}
{{- else }}
{{- printf "%s-%s" .Release.Name (include "tradewind.name" .) | trunc 52 | trimSuffix "-" }}
{{- end }}
{{- end }}

{{/* Cluster-scoped objects carry the namespace too: two releases must not share them. */}}
{{- define "tradewind.clusterName" -}}
{{- printf "%s:%s" .Release.Namespace (include "tradewind.fullname" .) }}
{{- end }}

{{- define "tradewind.selectorLabels" -}}
app.kubernetes.io/name: {{ include "tradewind.name" . }}
app.kubernetes.io/instance: {{ .Release.Name }}
{{- end }}

{{- define "tradewind.labels" -}}
{{ include "tradewind.selectorLabels" . }}
app.kubernetes.io/version: {{ .Chart.AppVersion | quote }}
app.kubernetes.io/managed-by: {{ .Release.Service }}
app.kubernetes.io/part-of: tradewind
helm.sh/chart: {{ printf "%s-%s" .Chart.Name .Chart.Version | replace "+" "_" }}
{{- with .Values.commonLabels }}
{{ toYaml . }}
{{- end }}
{{- end }}

{{- define "tradewind.serviceAccountName" -}}
{{- if .Values.serviceAccount.create }}
{{- default (include "tradewind.fullname" .) .Values.serviceAccount.name }}
{{- else }}
{{- required "serviceAccount.name must say which service account to use when serviceAccount.create is false" .Values.serviceAccount.name }}
{{- end }}
{{- end }}

{{- define "tradewind.image" -}}
{{- $hint := "image.repository must be set: build the image from the Dockerfile, push it, and name it here" }}
{{- $repository := required $hint .Values.image.repository }}
{{- $registry := default .Values.image.registry .Values.global.imageRegistry }}
{{- $path := ternary $repository (printf "%s/%s" $registry $repository) (empty $registry) }}
{{- if .Values.image.digest }}
{{- printf "%s@%s" $path .Values.image.digest }}
{{- else }}
{{- printf "%s:%s" $path (default .Chart.AppVersion .Values.image.tag) }}
{{- end }}
{{- end }}

{{/* What Prometheus calls the job of the ServiceMonitor: the Service's name. */}}
{{- define "tradewind.job" -}}
{{- printf "%s-metrics" (include "tradewind.fullname" .) }}
{{- end }}

{{- define "tradewind.tokenPath" -}}/var/run/secrets/tradewind.dev/{{- end }}

{{- define "tradewind.projectsTokens" -}}
{{- if or (eq .Values.identity.aws.mode "projected") (eq .Values.identity.azure.mode "projected") }}yes{{ end }}
{{- end }}

{{/* The restricted profile of Pod Security Standards; not open to values. */}}
{{- define "tradewind.podSecurityContext" -}}
runAsNonRoot: true
{{- with .Values.runAsUser }}
runAsUser: {{ int . }}
runAsGroup: {{ int . }}
fsGroup: {{ int . }}
{{- end }}
seccompProfile: {type: RuntimeDefault}
{{- end }}

{{- define "tradewind.containerSecurityContext" -}}
allowPrivilegeEscalation: false
readOnlyRootFilesystem: true
capabilities: {drop: [ALL]}
{{- end }}
