using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using SaaS.Core.Access;
using SaaS.Core.Documents.Files;
using SaaS.Core.Http;
using SaaS.Core.Idempotency;
using SaaS.Infrastructure.Settings;

namespace SaaS.Core;

/// <summary>Configures the OpenAPI document: title, tags, security, examples and shared parameters.</summary>
internal static class ApiDescription
{
    /// <summary>The content type of content of any media type.</summary>
    public const string AnyType = "*/*";

    private const string Bearer = "bearer";
    private const string ApiKey = "api_key";

    private static readonly Dictionary<string, string> Tags = new(StringComparer.Ordinal)
    {
        ["Administration"] = "For platform operators: accounts, tenants, jobs, events, migrations, usage and configuration.",
        ["Audit"] = "The audit log of a tenant.",
        ["Authentication"] = "Registration, sign-in, tokens and mailed links.",
        ["Demo"] = "Demo events, in development only.",
        ["Documents"] = "Documents of a tenant: upload, list, update, download.",
        ["Files"] = "The stored content of documents.",
        ["Invitations"] = "How people join a tenant: by an invitation, or by themselves through a verified domain.",
        ["Members"] = "The members of a tenant and their roles.",
        ["Monitoring"] = "For platform operators: health checks of every backing service.",
        ["Second factors"] = "Authenticator apps, passkeys and recovery codes of the current user.",
        ["Service accounts"] = "Members of a tenant without a person, and their API keys.",
        ["Sessions"] = "Sessions of the current user.",
        ["Single sign-on"] = "Sign-in through a tenant's identity provider, and its configuration.",
        ["Tenants"] = "Tenants, each with its own database.",
        ["Users"] = "The account of the current user.",
    };

    public static void Configure(OpenApiOptions options)
    {
        options.AddDocumentTransformer(
            (document, context, _) =>
            {
                var product = context.ApplicationServices.GetRequiredService<IOptions<ProductOptions>>().Value;
                document.Info = new OpenApiInfo
                {
                    Title = $"{product.Name} API",
                    Version = "v1",
                    License = new OpenApiLicense { Name = "MIT", Identifier = "MIT" },
                    Description = """
                        Accounts, tenants with one database each, and documents.

                        Successful responses are `{"success": true, "message", "data"}`; sign-in responses have their fields at the top level.
                        Errors are `application/problem+json` with `error.code` for programs and `message` for people.
                        `RateLimit` and `RateLimit-Policy` state how many requests remain; beyond that the response is 429 with `Retry-After`.
                        Times are UTC and end in `Z`. Lists take `page` and `per_page`.
                        """,
                };
                // A relative address is valid wherever the API is reached.
                document.Servers = [new OpenApiServer { Url = "/", Description = "The server of this document" }];
                document.Components ??= new OpenApiComponents();
                document.Components.SecuritySchemes ??= new Dictionary<string, IOpenApiSecurityScheme>();
                document.Components.SecuritySchemes[Bearer] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.Http,
                    Scheme = Bearer,
                    BearerFormat = "JWT",
                    Description = "The `access_token` of POST /api/auth/login",
                };
                document.Components.SecuritySchemes[ApiKey] = new OpenApiSecurityScheme
                {
                    Type = SecuritySchemeType.ApiKey,
                    In = ParameterLocation.Header,
                    Name = CurrentServiceAccount.KeyHeader,
                    Description =
                        "The key of a service account, which may also be sent as `Authorization: Bearer`. Operations list the scope that it needs; operations without this scheme are for people only.",
                };
                return Task.CompletedTask;
            }
        );

        options.AddDocumentTransformer(
            (document, context, _) =>
            {
                RequestSchemas.Describe(document, context);
                InlineBytes(document);
                foreach (var tag in document.Tags ?? new HashSet<OpenApiTag>())
                {
                    tag.Description = Tags[tag.Name!];
                }

                ApiExamples.AddTo(document);
                return Task.CompletedTask;
            }
        );

        options.AddOperationTransformer(
            (operation, context, _) =>
            {
                var metadata = context.Description.ActionDescriptor.EndpointMetadata;
                operation.OperationId ??= GetOperationId(metadata);
                operation.Description = $"{operation.Summary}\n\n{operation.Description}".Trim();
                operation.Summary = ToTitle(operation.OperationId);
                RequestSchemas.Describe(operation, context.Description);
                operation.Security = metadata.OfType<IAllowAnonymous>().Any()
                    ? []
                    : [new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(Bearer, context.Document)] = [] }];
                if (metadata.OfType<RequiredScope>().LastOrDefault() is { Scope.Name: var scope })
                {
                    operation.Security.Add(
                        new OpenApiSecurityRequirement { [new OpenApiSecuritySchemeReference(ApiKey, context.Document)] = [scope] }
                    );
                    operation.Description = $"{operation.Description}\n\nAPI keys need the scope `{scope}`.".Trim();
                }

                if (metadata.OfType<RequiredTenantRole>().LastOrDefault() is { } needed)
                {
                    AddTenantParameter(operation);
                    operation.AddExtension("x-tenant-role", new JsonNodeExtension(needed.Role.ToJsonName()));
                    operation.Description = $"{operation.Description}\n\nRequires the tenant role `{needed.Role.ToJsonName()}`.".Trim();
                }

                if (metadata.OfType<Idempotent>().Any())
                {
                    operation.Parameters ??= [];
                    operation.Parameters.Add(
                        new OpenApiParameter
                        {
                            Name = IdempotentRoutes.Header,
                            In = ParameterLocation.Header,
                            Description =
                                "1 to 255 printable ASCII characters chosen by the client. A repeated request with the same key changes nothing and gets the response of the first.",
                            Schema = new OpenApiSchema
                            {
                                Type = JsonSchemaType.String,
                                MinLength = 1,
                                MaxLength = IdempotencyRecord.Mapping.KeyMaxLength,
                            },
                        }
                    );
                }

                foreach (var type in metadata.OfType<AlternativeContent>().SelectMany(alternative => alternative.Types))
                {
                    operation
                        .Responses!["200"]
                        .Content!.Add(type, new OpenApiMediaType { Schema = new OpenApiSchema { Type = JsonSchemaType.String } });
                }

                foreach (
                    var problems in metadata
                        .OfType<DeclaredProblem>()
                        .GroupBy(refusal => refusal.StatusCode.ToString(CultureInfo.InvariantCulture))
                )
                {
                    operation.Responses![problems.Key].Description = string.Join(
                        " ",
                        problems.Select(refusal => refusal.Sentence).Distinct()
                    );
                }

                return Task.CompletedTask;
            }
        );

        // The schema generator cannot see what a JSON converter writes: enums and times are strings.
        options.AddSchemaTransformer(
            (schema, context, _) =>
            {
                var type = Nullable.GetUnderlyingType(context.JsonTypeInfo.Type) ?? context.JsonTypeInfo.Type;
                if (type.IsEnum)
                {
                    schema.Type = JsonSchemaType.String;
                    schema.Enum = [.. Enum.GetNames(type).Select(name => (JsonNode)JsonNamingPolicy.SnakeCaseLower.ConvertName(name))];
                }
                else if (type == typeof(DateTimeOffset))
                {
                    var mayBeNull = type != context.JsonTypeInfo.Type && context.ParameterDescription is null;
                    schema.Type = mayBeNull ? JsonSchemaType.Null | JsonSchemaType.String : JsonSchemaType.String;
                }

                return Task.CompletedTask;
            }
        );
    }

    /// <summary>
    /// Returns the operation id: the name of the use case class. Further endpoints of a use case are named with <c>WithName</c>.
    /// </summary>
    private static string GetOperationId(IList<object> metadata) =>
        JsonNamingPolicy.CamelCase.ConvertName(metadata.OfType<MethodInfo>().Last().DeclaringType!.Name);

    /// <summary>Turns an operation id into a title: readLinkedContent becomes Read linked content.</summary>
    private static string ToTitle(string operationId)
    {
        var words = JsonNamingPolicy
            .SnakeCaseLower.ConvertName(operationId)
            .Replace("sso", "SSO", StringComparison.Ordinal)
            .Replace("api_key", "API_key", StringComparison.Ordinal)
            .Replace('_', ' ');
        return char.ToUpperInvariant(words[0]) + words[1..];
    }

    /// <summary>
    /// Inlines binary schemas, since clients need no type such as IFormFile, and widens octet-stream to any content type.
    /// </summary>
    private static void InlineBytes(OpenApiDocument document)
    {
        var bytes = new OpenApiSchema { Type = JsonSchemaType.String, Format = "binary" };
        foreach (var schema in document.Components!.Schemas!.Values.OfType<OpenApiSchema>())
        {
            foreach (
                var name in (schema.Properties ?? new Dictionary<string, IOpenApiSchema>())
                    .Where(property => IsBytes(property.Value))
                    .Select(property => property.Key)
                    .ToList()
            )
            {
                schema.Properties![name] = new OpenApiSchema
                {
                    Type = bytes.Type,
                    Format = bytes.Format,
                    Description = schema.Properties[name].Description,
                };
            }
        }

        foreach (
            var response in document
                .Paths.Values.SelectMany(path => path.Operations!.Values)
                .SelectMany(operation => operation.Responses!.Values)
                .OfType<OpenApiResponse>()
        )
        {
            foreach (
                var (type, media) in (response.Content ?? new Dictionary<string, OpenApiMediaType>())
                    .Where(media => IsBytes(media.Value.Schema))
                    .ToList()
            )
            {
                media.Schema = bytes;
                if (type == MediaTypes.Unknown)
                {
                    response.Content!.Remove(type);
                    response.Content[AnyType] = media;
                }
            }
        }

        document.Components.Schemas.Remove(nameof(IFormFile));
        document.Components.Schemas.Remove(nameof(Stream));
    }

    private static bool IsBytes(IOpenApiSchema? schema) =>
        schema is OpenApiSchemaReference { Reference.Id: nameof(IFormFile) or nameof(Stream) };

    /// <summary>Adds the tenant id of the path, which the authorization middleware reads and most handlers do not declare.</summary>
    private static void AddTenantParameter(OpenApiOperation operation)
    {
        operation.Parameters ??= [];
        if (!operation.Parameters.Any(parameter => parameter.Name == TenantRoutes.TenantId))
        {
            operation.Parameters.Insert(
                0,
                new OpenApiParameter
                {
                    Name = TenantRoutes.TenantId,
                    In = ParameterLocation.Path,
                    Required = true,
                    Schema = new OpenApiSchema { Type = JsonSchemaType.String, Format = "uuid" },
                }
            );
        }
    }
}
