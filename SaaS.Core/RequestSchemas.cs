using System.ComponentModel.DataAnnotations;
using System.Globalization;
using System.Reflection;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.Json.Serialization.Metadata;
using Microsoft.AspNetCore.Http.Json;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Mvc.Abstractions;
using Microsoft.AspNetCore.Mvc.Infrastructure;
using Microsoft.AspNetCore.Mvc.ModelBinding;
using Microsoft.AspNetCore.OpenApi;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Options;
using Microsoft.OpenApi;
using SaaS.Core.Http;

namespace SaaS.Core;

/// <summary>
/// Adds the constraints of requests to the OpenAPI document from their validation attributes: required, nullable, lengths, patterns, ranges
/// and choices.
/// </summary>
internal static class RequestSchemas
{
    /// <summary>The content type of uploads.</summary>
    public const string Form = "multipart/form-data";

    private const string NotBlank = @"\S";

    /// <summary>Describes the type of every request body.</summary>
    public static void Describe(OpenApiDocument document, OpenApiDocumentTransformerContext context)
    {
        var options = context.ApplicationServices.GetRequiredService<IOptions<JsonOptions>>().Value.SerializerOptions;
        var described = new HashSet<Type>();
        foreach (
            var body in context
                .DescriptionGroups.SelectMany(group => group.Items)
                .SelectMany(operation => operation.ParameterDescriptions)
                .Where(parameter => parameter.Source == BindingSource.Body)
        )
        {
            Describe(body.Type, document, options, described);
        }

        // The type of a form that its handler reads itself is known only from metadata.
        foreach (
            var form in context
                .DescriptionGroups.SelectMany(group => group.Items)
                .SelectMany(operation => operation.ActionDescriptor.EndpointMetadata.OfType<IAcceptsMetadata>())
                .Where(accepted => accepted.ContentTypes.Contains(Form))
        )
        {
            Describe(form.RequestType!, document, options, described);
            var schema = (OpenApiSchema)document.Components!.Schemas![form.RequestType!.Name];
            schema.AdditionalPropertiesAllowed = true; // unknown parts are ignored
            schema.AdditionalProperties = null;
        }
    }

    /// <summary>Describes the parameters of an operation.</summary>
    public static void Describe(OpenApiOperation operation, Microsoft.AspNetCore.Mvc.ApiExplorer.ApiDescription description)
    {
        foreach (var parameter in operation.Parameters?.OfType<OpenApiParameter>() ?? [])
        {
            var bound = description.ParameterDescriptions.FirstOrDefault(one => one.Name == parameter.Name);
            if (parameter.Schema is OpenApiSchema schema && InfoOf(bound?.ParameterDescriptor) is { } info)
            {
                Describe(schema, [.. info.GetCustomAttributes(inherit: false)]);
            }
        }
    }

    private static ParameterInfo? InfoOf(ParameterDescriptor? descriptor) =>
        (descriptor as IParameterInfoParameterDescriptor)?.ParameterInfo;

    private static void Describe(Type type, OpenApiDocument document, JsonSerializerOptions options, HashSet<Type> described)
    {
        var info = options.GetTypeInfo(Nullable.GetUnderlyingType(type) ?? type);
        if (info.ElementType is { } element)
        {
            Describe(element, document, options, described);
        }

        if (
            info.Kind is not JsonTypeInfoKind.Object
            || !described.Add(info.Type)
            || OpenApiOptions.CreateDefaultSchemaReferenceId(info) is not { } id
            || document.Components!.Schemas![id] is not OpenApiSchema { Properties: not null } schema
        )
        {
            return; // a scalar, or binary content
        }

        schema.Required = new HashSet<string>();
        foreach (var property in info.Properties)
        {
            object[] attributes =
            [
                .. property.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [],
                .. property.AssociatedParameter?.AttributeProvider?.GetCustomAttributes(inherit: false) ?? [],
            ];
            if (property.IsRequired || attributes.OfType<RequiredAttribute>().Any())
            {
                schema.Required.Add(property.Name);
            }

            schema.Properties[property.Name] = Describe(
                WithoutWrapper(schema.Properties[property.Name], attributes),
                attributes,
                isNullable: property.IsSetNullable && !attributes.OfType<RequiredAttribute>().Any()
            );
            Describe(property.PropertyType, document, options, described);
        }
    }

    private static IOpenApiSchema Describe(IOpenApiSchema schema, object[] attributes, bool isNullable)
    {
        if (schema is not OpenApiSchema own)
        {
            return schema;
        }

        if (own.OneOf is null or [])
        {
            own.Type = isNullable ? own.Type | JsonSchemaType.Null : own.Type & ~JsonSchemaType.Null;
        }

        Describe(own, attributes);
        return own;
    }

    // A nullable reference is wrapped in oneOf; the wrapper goes where null is rejected or a field rule lists the choices.
    private static IOpenApiSchema WithoutWrapper(IOpenApiSchema schema, object[] attributes)
    {
        if (
            attributes.OfType<FieldRuleAttribute>().Any(attribute => attribute.Rule.Choices is not null)
            && (schema is OpenApiSchemaReference || schema.OneOf is { Count: > 0 })
        )
        {
            return new OpenApiSchema
            {
                Type = JsonSchemaType.String | JsonSchemaType.Null,
                Description = schema.Description ?? schema.OneOf?.Select(one => one.Description).FirstOrDefault(text => text is not null),
            };
        }

        return schema.OneOf is { Count: > 0 } choices && attributes.OfType<RequiredAttribute>().Any()
            ? choices.Single(choice => choice is OpenApiSchemaReference)
            : schema;
    }

    private static void Describe(OpenApiSchema schema, object[] attributes)
    {
        foreach (var rule in attributes.OfType<FieldRuleAttribute>().Select(attribute => attribute.Rule))
        {
            Describe(schema, rule);
        }

        foreach (var range in attributes.OfType<RangeAttribute>())
        {
            // The format int64 implies the largest maximum.
            schema.Minimum = Convert.ToString(range.Minimum, CultureInfo.InvariantCulture);
            schema.Maximum = range.Maximum is double and >= long.MaxValue
                ? null
                : Convert.ToString(range.Maximum, CultureInfo.InvariantCulture);
        }

        foreach (var longest in attributes.OfType<MaxLengthAttribute>())
        {
            if (HasType(schema, JsonSchemaType.Array))
            {
                schema.MaxItems = longest.Length;
            }
            else if (HasType(schema, JsonSchemaType.Object))
            {
                schema.MaxProperties = longest.Length;
            }
            else
            {
                schema.MaxLength = longest.Length;
            }
        }

        foreach (var shortest in attributes.OfType<MinLengthAttribute>())
        {
            if (HasType(schema, JsonSchemaType.Array))
            {
                schema.MinItems = shortest.Length;
            }
            else
            {
                schema.MinLength = shortest.Length;
            }
        }

        if (
            attributes.OfType<RequiredAttribute>().Any()
            && HasType(schema, JsonSchemaType.String)
            && schema.Format is null or "email" or "password"
            && schema.Enum is null or []
        )
        {
            schema.MinLength ??= 1;
            schema.Pattern ??= NotBlank;
        }
    }

    private static void Describe(OpenApiSchema schema, FieldRule rule)
    {
        schema.MinLength = rule.MinLength ?? schema.MinLength;
        schema.MaxLength = rule.MaxLength ?? schema.MaxLength;
        schema.Pattern = rule.Pattern ?? schema.Pattern;
        schema.Format = rule.Format ?? schema.Format;
        schema.Minimum = rule.Minimum?.ToString(CultureInfo.InvariantCulture) ?? schema.Minimum;
        schema.Maximum = rule.Maximum?.ToString(CultureInfo.InvariantCulture) ?? schema.Maximum;
        if (rule.Choices is not null)
        {
            schema.Enum =
            [
                .. rule.Choices.Select(choice => (JsonNode)choice),
                .. HasType(schema, JsonSchemaType.Null) ? [JsonNullSentinel.JsonNull] : Array.Empty<JsonNode>(),
            ];
        }

        if (rule.Items is not null && schema.Items is OpenApiSchema items)
        {
            Describe(items, rule.Items);
        }

        if (rule.Names is not null)
        {
            var names = new OpenApiSchema { Type = JsonSchemaType.String };
            Describe(names, rule.Names);
            schema.PropertyNames = names;
        }
    }

    private static bool HasType(OpenApiSchema schema, JsonSchemaType type) => schema.Type is { } types && (types & type) == type;
}
