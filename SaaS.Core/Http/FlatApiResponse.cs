using System.Text.Json.Serialization.Metadata;

namespace SaaS.Core.Http;

/// <summary>A successful response whose data also appears at the top level, where clients of the original system read it.</summary>
/// <param name="Success">Always true.</param>
/// <param name="Message">One sentence for people.</param>
/// <param name="Data">The requested data; its fields appear at the top level as well.</param>
public sealed record FlatApiResponse<T>(bool Success, string Message, T Data) : IFlatApiResponse
    where T : notnull
{
    object IFlatApiResponse.Data => Data;
}

/// <summary>A <see cref="FlatApiResponse{T}"/> of any type.</summary>
internal interface IFlatApiResponse
{
    object Data { get; }
}

/// <summary>Adds the fields of the data to the JSON of a <see cref="FlatApiResponse{T}"/>, and so to its schema.</summary>
internal static class FlatApiResponses
{
    public static void AddFields(JsonTypeInfo response)
    {
        if (!response.Type.IsGenericType || response.Type.GetGenericTypeDefinition() != typeof(FlatApiResponse<>))
        {
            return;
        }

        foreach (var field in response.Options.GetTypeInfo(response.Type.GetGenericArguments()[0]).Properties)
        {
            var beside = response.CreateJsonPropertyInfo(field.PropertyType, field.Name);
            beside.AttributeProvider = field.AttributeProvider;
            beside.IsGetNullable = field.IsGetNullable;
            beside.Get = body => field.Get!(((IFlatApiResponse)body).Data);
            response.Properties.Add(beside);
        }
    }
}
